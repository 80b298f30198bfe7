#include "harness/endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/client_stream.h"

namespace hotlap::harness {
namespace {

using testing::HasSubstr;

std::string refusal(const std::string& text) {
  const auto endpoint = Endpoint::parse(text);
  return endpoint ? "taken" : endpoint.error().message;
}

TEST(Endpoint, IsHostAndPortOrAUnixSocket) {
  EXPECT_EQ(Endpoint::parse("http://127.0.0.1:8080").value(), (Endpoint{.host = "127.0.0.1", .port = 8080}));
  EXPECT_EQ(Endpoint::parse("http://[::1]:81/").value(), (Endpoint{.host = "::1", .port = 81}));
  EXPECT_EQ(Endpoint::parse("https://localhost").value(), (Endpoint{.host = "localhost", .port = 443, .tls = true}));
  EXPECT_EQ(Endpoint::parse("unix:/run/app.sock").value(),
            (Endpoint{.host = "localhost", .port = 80, .unix_socket = "/run/app.sock"}));
  for (const char* text :
       {"http://127.0.0.1:8080", "http://[::1]:81", "https://localhost", "https://a:80", "unix:/run/app.sock"})
    EXPECT_EQ(Endpoint::parse(text).value().text(), text);
}

TEST(Endpoint, IsTheServerAloneAndNoPage) {
  EXPECT_THAT(refusal("http://127.0.0.1:8080/page"), HasSubstr("the page into load.path"));
  EXPECT_THAT(refusal("127.0.0.1:8080"), HasSubstr("does not begin with http://"));
  EXPECT_THAT(refusal("unix:app.sock"), HasSubstr("full path"));
  EXPECT_THAT(refusal("unix:/" + std::string(200, 'x')), testing::Not(HasSubstr("taken")));
}

TEST(Endpoint, KnowsThisHost) {
  const auto is_local = [](const char* text) { return Endpoint::parse(text).value().is_local(); };
  for (const char* text :
       {"http://127.0.0.1:1", "http://127.8.8.8:1", "http://[::1]:1", "http://localhost:1", "unix:/run/app.sock"})
    EXPECT_TRUE(is_local(text)) << text;
  for (const char* text : {"http://192.168.0.1:1", "http://example.org", "http://[::2]:1", "http://0.0.0.0:1",
                           "http://127.0.0.1.example.org", "http://localhost.example.org"})
    EXPECT_FALSE(is_local(text)) << text;
}

TEST(Endpoint, IsWhereALoadIsAimed) {
  load::LoadSpec spec;
  spec.url.target = "/page";
  aim(spec, Endpoint::parse("http://127.0.0.1:8080").value());
  EXPECT_EQ(spec.url.text(), "http://127.0.0.1:8080/page");
  EXPECT_EQ(peer_of(spec)->address.text(), "127.0.0.1:8080");
  aim(spec, Endpoint::parse("unix:/run/app.sock").value());
  EXPECT_EQ(spec.url.text(), "http://localhost/page");
  EXPECT_EQ(peer_of(spec)->address.text(), "unix:/run/app.sock");
  auto secure = Endpoint::parse("https://127.0.0.1:8443").value();
  secure.trust.anybody = true;
  aim(spec, secure);
  EXPECT_EQ(spec.url.text(), "https://127.0.0.1:8443/page");
  EXPECT_EQ(spec.trust, secure.trust);
  EXPECT_NE(peer_of(spec)->tls, nullptr);
  EXPECT_EQ(peer_of(spec)->host, "127.0.0.1");
}

}  // namespace
}  // namespace hotlap::harness
