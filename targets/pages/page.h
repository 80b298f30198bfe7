// A page: a coroutine over a Store that ends in a Reply. It starts at once and runs until it has to wait; over a store
// that answers before submit() returns it never does, so a blocking engine runs it to its end in one go.
// Move-only; runs on one thread.
#pragma once

#include <coroutine>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace hotlap::targets {

struct Reply {
  int status = 200;
  std::string_view content_type = "text/html; charset=utf-8";  // of static storage
  std::string body;
  std::string fields;  // further header lines, each with its CR LF
};

class Page {
 public:
  struct promise_type {
    Reply reply;
    std::move_only_function<void(Reply)> done;

    Page get_return_object() noexcept { return Page(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_never initial_suspend() noexcept { return {}; }
    auto final_suspend() noexcept {
      struct Finish {
        [[nodiscard]] bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<promise_type> page) const noexcept {
          if (!page.promise().done) return;  // whoever holds the Page reads the reply
          auto hand_over = std::move(page.promise().done);
          Reply answer = std::move(page.promise().reply);
          page.destroy();
          hand_over(std::move(answer));
        }
        void await_resume() const noexcept {}
      };
      return Finish{};
    }
    void return_value(Reply value) { reply = std::move(value); }
    void unhandled_exception() noexcept { check(false, "a page lets no exception out"); }
  };

  Page(Page&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Page& operator=(Page&&) = delete;
  ~Page() {
    if (handle_) handle_.destroy();
  }

  [[nodiscard]] bool ready() const noexcept { return handle_.done(); }
  [[nodiscard]] Reply take() noexcept { return std::move(handle_.promise().reply); }
  // A page that waits goes on by itself; `done` gets its reply.
  void when_ready(std::move_only_function<void(Reply)> done) noexcept {
    std::exchange(handle_, nullptr).promise().done = std::move(done);
  }

 private:
  explicit Page(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

}  // namespace hotlap::targets
