// Replays what the fuzzer of requests was started with and what it has found, and some 35,000 streams of mutated
// requests (about 90,000 requests), in every build.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "tests/fuzz/request_check.h"
#include "tests/fuzz/request_mutations.h"

namespace hotlap::targets {
namespace {

TEST(RequestCorpus, ReadingHoldsForEveryKnownInput) {
  int inputs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(HOTLAP_SOURCE_DIR "/tests/fuzz/corpus/request_reader")) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string input{std::istreambuf_iterator<char>(file), {}};
    ++inputs;
    for (std::uint64_t cuts = 0; cuts < 64; ++cuts)
      EXPECT_EQ(check_requests(std::string_view(input).substr(2), cuts, cuts == 0).broken, "")
          << entry.path().filename() << " with cuts " << cuts;
  }
  EXPECT_GE(inputs, 10);
}

TEST(RequestMutations, AreReadAlikeHoweverTheyAreCut) {
  RequestMutations mutations(20261125);
  std::set<std::string> ends;
  for (std::uint64_t stream = 0; stream < 35'000; ++stream) {
    const auto bytes = mutations.next();
    const auto check = check_requests(bytes, stream, stream % 16 == 0);
    ASSERT_EQ(check.broken, "") << "stream " << stream << "\n" << bytes;
    const auto last = check.conversation.rfind("; ");
    ends.insert(last == std::string::npos ? check.conversation : check.conversation.substr(last + 2));
  }
  for (const char* end :
       {"idle", "head", "body", "bad 400", "bad 413", "bad 414", "bad 417", "bad 431", "bad 501", "bad 505"})
    EXPECT_TRUE(ends.contains(end)) << "no stream ended in " << end << ": the mutations have become too tame";
}

}  // namespace
}  // namespace hotlap::targets
