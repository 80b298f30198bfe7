#include "loadgen/faces/output.h"

#include <fmt/core.h>

#include <cstdio>

namespace hotlap::loadgen {

std::optional<std::string> find_clash(const std::vector<OutputFile>& files) {
  for (std::size_t i = 0; i < files.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (files[i].path == files[j].path)
        return files[i].path == "-"
                   ? std::string("two outputs go to standard output; give one of them a file")
                   : fmt::format("two outputs go to '{}'; give one of them another file", printable(files[i].path));
  return std::nullopt;
}

std::string output_text(OutputFormat format, const load::LoadSpec& spec, const load::Measurement& measurement,
                        std::int64_t window_start_us) {
  switch (format) {
    case OutputFormat::json:
      return load::to_json(measurement) + "\n";
    case OutputFormat::csv:
      return csv_output(measurement);
    case OutputFormat::hgrm:
      return hgrm_output(measurement);
    case OutputFormat::hlog:
      return hlog_output(measurement, window_start_us);
    case OutputFormat::openmetrics:
      return openmetrics_output(spec, measurement);
  }
  return {};
}

Result<void> write_output(const std::string& path, std::string_view text) {
  const auto refused = [&] {
    return fail_errno(
        path == "-" ? std::string("write to standard output") : fmt::format("write '{}'", printable(path)),
        ExitCode::store_failed);
  };
  std::FILE* file = path == "-" ? stdout : std::fopen(path.c_str(), "we");
  if (!file) return refused();
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  const int flushed = file == stdout ? std::fflush(file) : std::fclose(file);
  if (!written || flushed != 0) return refused();
  return {};
}

}  // namespace hotlap::loadgen
