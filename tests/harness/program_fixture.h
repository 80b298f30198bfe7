// Runs the built `hotlap` as a person would, in a folder of its own. Windows are short and nothing is asserted about
// time.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/file_text.h"
#include "base/process.h"

namespace hotlap::harness {

struct ProgramEnd {
  int status = 0;
  std::string out;  // the report
  std::string err;  // progress, warnings, errors
};

class ProgramTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::path(testing::TempDir()) / ("hotlap-program-" + std::to_string(::getpid()) + "-" + name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  static std::string name() { return testing::UnitTest::GetInstance()->current_test_info()->name(); }
  [[nodiscard]] static std::string program(const std::string& which) {
    return std::string(HOTLAP_BIN_DIR) + "/" + which;
  }
  [[nodiscard]] std::string path(const std::string& file) const { return folder_ / file; }

  // A scenario of one case with a short window; `target` and `load` are YAML flow mappings' insides.
  [[nodiscard]] std::string scenario(const std::string& target, const std::string& load,
                                     const std::string& more = "") const {
    std::ofstream(path("s.yaml")) << "name: s\ntitle: A test\ntrials: 1\ntarget: {" << target
                                  << "}\nload: {connections: 2, duration: 100ms, warm_up: 20ms"
                                  << (load.empty() ? "" : ", ") << load << "}\nidle_wait: 0s\n"
                                  << more;
    return path("s.yaml");
  }

  [[nodiscard]] Process start(std::vector<std::string> arguments) const {
    ProcessOptions options;
    options.arguments = std::move(arguments);
    options.arguments.insert(options.arguments.begin(), program("hotlap"));
    options.log_path = path("stderr");
    options.working_directory = folder_;
    auto process = Process::start(options);
    if (!process) throw std::runtime_error(process.error().message);  // GoogleTest fails the test with it
    return std::move(*process);
  }

  [[nodiscard]] ProgramEnd end_of(Process& process) const {
    ProgramEnd end;
    while (true) {  // the end of the output may be known while lines are still to be handed out
      const auto line = process.read_line(std::chrono::seconds(60));
      if (line)
        end.out += *line + "\n";
      else if (process.output_ended())
        break;
    }
    const auto exit = process.wait(std::chrono::seconds(60));
    EXPECT_TRUE(exit) << "hotlap did not end";
    end.status = exit ? exit->status : -1;
    end.err = errors();
    return end;
  }

  [[nodiscard]] ProgramEnd run(std::vector<std::string> arguments) const {
    std::error_code ignored;
    std::filesystem::remove(path("stderr"), ignored);
    auto process = start(std::move(arguments));
    return end_of(process);
  }

  [[nodiscard]] std::string errors() const { return contents("stderr"); }
  [[nodiscard]] std::string contents(const std::string& file) const {
    std::ifstream stream(path(file));
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  std::filesystem::path folder_;
};

}  // namespace hotlap::harness
