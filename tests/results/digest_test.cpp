#include "results/digest.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/results/session_fixture.h"

namespace hotlap::results {
namespace {

// FIPS 180-2, appendix B.
constexpr const char* kOfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr const char* kOfAMillion = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

TEST(Sha256, IsTheStandards) {
  EXPECT_EQ(sha256_hex("abc"), kOfAbc);
}

TEST(Sha256, OfAFileIsOfAllItsBytes) {
  const Folder folder;
  std::ofstream(folder / "a") << std::string(1'000'000, 'a');
  EXPECT_EQ(sha256_of_file(folder / "a"), kOfAMillion);
  EXPECT_EQ(sha256_of_file(folder / "none"), std::nullopt);
}

}  // namespace
}  // namespace hotlap::results
