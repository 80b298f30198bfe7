#include "tests/targets/pages/site_client.h"

#include <gtest/gtest.h>

#include <utility>

#include "base/http1.h"
#include "targets/pages/templates.h"
#include "targets/stores/embedded/embedded_store.h"

namespace hotlap::targets {
namespace {

class NoDeferral final : public Deferral {
 public:
  Done defer() override {
    ADD_FAILURE() << "a store that answers at once needs no deferral";
    return [](std::string) {};
  }
};

}  // namespace

std::optional<std::string> Response::field(const std::string& name) const {
  const auto at = head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return std::nullopt;
  const auto begin = at + name.size() + 4;
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

Response parse_response(const std::string& bytes) {
  const auto end = bytes.find("\r\n\r\n");
  if (!bytes.starts_with("HTTP/1.1 ") || end == std::string::npos) return {};
  return {.status = std::stoi(bytes.substr(9)), .head = bytes.substr(0, end + 4), .body = bytes.substr(end + 4)};
}

void CountingStore::lease(LeaseCompletion done) {
  ++leases;
  store_.lease([&](std::expected<LinkLease, StoreError> link) {
    if (!link) return done(std::unexpected(link.error()));
    link_ = std::move(*link);
    done(LinkLease(this, LinkDeleter{[this](Link*) { link_.reset(); }}));
  });
}

void CountingStore::carry_out(const Operation& operation, Completion done) {
  operations.push_back(operation);
  link_->submit(operation, std::move(done));
}

Store& embedded_store() {
  static const auto store = make_embedded_store();
  return *store;
}

Tuple first_row(Store& store, const Operation& operation) {
  Tuple row;
  store.lease([&](std::expected<LinkLease, StoreError> link) {
    ASSERT_TRUE(link) << link.error().message;
    (*link)->submit(operation, [&](Outcome rows) {
      ASSERT_TRUE(rows) << rows.error().message;
      if (!rows->empty()) row = owned(rows->front());
    });
  });
  return row;
}

SiteClient::SiteClient(SiteServices services) : site_(services) {
  load_templates();
}

Response SiteClient::get(const std::string& target, const std::string& fields) {
  return ask("GET", target, fields);
}

Response SiteClient::ask(const std::string& method, const std::string& target, const std::string& fields,
                         const std::string& body) {
  return answer(method + " " + target + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n", body);
}

Response SiteClient::send(const std::string& head) {
  return answer(head, "");
}

Response SiteClient::answer(const std::string& bytes, const std::string& body) {
  const auto head = http1::parse_request_head(bytes);
  EXPECT_EQ(head.parsed, http1::Parsed::done) << bytes;
  NoDeferral no_deferral;
  std::string out;
  EXPECT_TRUE(site_.handle({.head = head, .body = body}, out, no_deferral)) << bytes;
  return parse_response(out);
}

}  // namespace hotlap::targets
