#include <gtest/gtest.h>

#include "loadgen/faces/native.h"

namespace hotlap::loadgen {
namespace {

TEST(NativeReport, PercentilesWithoutEnoughSamplesAreNotPrinted) {
  load::LoadSpec spec{.url = load::Url::parse("http://a/").value(), .method = "GET"};
  load::Measurement measurement;
  measurement.window = std::chrono::seconds(1);
  measurement.service_time.record(std::chrono::milliseconds(1), 1000);
  const auto text = native_report(spec, measurement);
  const auto line = text.substr(text.find("Service time"));
  // p99 of 1,000 has ten samples beyond it, p99.9 has one.
  EXPECT_NE(line.substr(0, line.find('\n')).find("1.00 ms         -"), std::string::npos) << text;
}

TEST(NativeReport, TellsErrorsConnectionsAndTheVerdictWithItsReasons) {
  load::LoadSpec spec{.url = load::Url::parse("http://a/").value(), .method = "GET"};
  load::Measurement measurement;
  measurement.window = std::chrono::seconds(1);
  measurement.errors = {{"reset", 3, "read: Connection reset by peer"}};
  measurement.connections = {.requested = 10, .established = 9, .served = 8, .reconnects = 2};
  measurement.verdict.raise(load::VerdictLevel::suspect, "only 9 of 10 connections were established");
  const auto text = native_report(spec, measurement);
  for (const char* part : {"10 requested, 9 established, 8 served", "Error reset: 3", "SUSPECT", "only 9 of 10"})
    EXPECT_NE(text.find(part), std::string::npos) << part;
}

}  // namespace
}  // namespace hotlap::loadgen
