#include "tests/base/tls_server.h"

#include <fmt/core.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "base/socket.h"

namespace hotlap {
namespace {

template <class T>
std::shared_ptr<T> owned(T* made, void (*free)(T*)) {
  check(made, "OpenSSL has memory");
  return {made, free};
}

void add_extension(X509* certificate, int kind, const char* value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const auto extension = owned(X509V3_EXT_conf_nid(nullptr, &context, kind, value), X509_EXTENSION_free);
  X509_add_ext(certificate, extension.get(), -1);
}

std::shared_ptr<X509> certificate_of(EVP_PKEY* key) {
  auto certificate = owned(X509_new(), X509_free);
  auto* made = certificate.get();
  X509_set_version(made, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
  X509_gmtime_adj(X509_getm_notBefore(made), -3600);
  X509_gmtime_adj(X509_getm_notAfter(made), 3600);
  X509_set_pubkey(made, key);
  auto* name = X509_get_subject_name(made);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("a test"), -1, -1, 0);
  X509_set_issuer_name(made, name);
  add_extension(made, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(made, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
  check(X509_sign(made, key, EVP_sha256()) > 0, "a certificate can be signed");
  return certificate;
}

}  // namespace

TlsServer::TlsServer(Behaviour behaviour)
    : behaviour_(std::move(behaviour)), context_(owned(SSL_CTX_new(TLS_server_method()), SSL_CTX_free)) {
  ::signal(SIGPIPE, SIG_IGN);  // OpenSSL's own writes raise it
  std::string name = (std::filesystem::temp_directory_path() / "hotlap-tls-XXXXXX").string();
  check(::mkdtemp(name.data()), "there is room for a folder");
  folder_ = name;
  const auto key = owned(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const auto made = certificate_of(key.get());
  std::FILE* file = std::fopen(certificate().c_str(), "w");
  check(file && PEM_write_X509(file, made.get()) == 1 && std::fclose(file) == 0, "a certificate can be written");
  check(SSL_CTX_use_certificate(context_.get(), made.get()) == 1 &&
            SSL_CTX_use_PrivateKey(context_.get(), key.get()) == 1,
        "a certificate and its key fit");
  listener_ = listen_tcp(*resolve("127.0.0.1", 0), {.nonblocking = false}).value();
  port_ = local_address(listener_).value().port();
  acceptor_ = std::thread([this] { accept_all(); });
}

TlsServer::~TlsServer() {
  stopping_ = true;
  acceptor_.join();
  for (const auto& socket : sockets_) ::shutdown(socket.get(), SHUT_RDWR);
  for (auto& thread : threads_) thread.join();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string TlsServer::url(const std::string& host) const {
  return fmt::format("https://{}:{}/", host, port_);
}

void TlsServer::accept_all() {
  while (!stopping_) {
    pollfd waiting{listener_.get(), POLLIN, 0};
    if (::poll(&waiting, 1, 10) != 1) continue;
    Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket) continue;
    const int number = socket.get();
    sockets_.push_back(std::move(socket));
    if (!behaviour_.mute) threads_.emplace_back([this, number] { serve(number); });
  }
}

void TlsServer::serve(int socket) {
  const auto session = owned(SSL_new(context_.get()), SSL_free);
  SSL_set_fd(session.get(), socket);
  const auto answer =
      fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", behaviour_.body.size(), behaviour_.body);
  std::string asked;
  int answers = 0;
  if (SSL_accept(session.get()) == 1) {
    for (bool open = true; open && (behaviour_.answers == 0 || answers < behaviour_.answers);) {
      char buffer[16 * 1024];
      const int count = SSL_read(session.get(), buffer, sizeof buffer);
      if (count <= 0) break;
      asked.append(buffer, static_cast<std::size_t>(count));
      std::string together;
      for (auto end = asked.find("\r\n\r\n"); end != std::string::npos; end = asked.find("\r\n\r\n")) {
        asked.erase(0, end + 4);
        if (behaviour_.answers > 0 && answers >= behaviour_.answers) break;
        together += answer;
        ++answers;
        ++served_;
      }
      const auto record = behaviour_.record_bytes == 0 ? together.size() : behaviour_.record_bytes;
      for (std::string_view rest = together; open && !rest.empty(); rest.remove_prefix(std::min(record, rest.size())))
        open = SSL_write(session.get(), rest.data(), static_cast<int>(std::min(record, rest.size()))) > 0;
    }
  }
  ::shutdown(socket, SHUT_RDWR);
}

}  // namespace hotlap
