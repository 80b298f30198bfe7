#include "harness/rig.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "harness/port_owner.h"
#include "harness/ready_line.h"

namespace hotlap::harness {

Result<Rig> Rig::start(const Setup& setup, const StopFlag& stop, TargetProcess::Start& start) {
  const auto& planned = setup.planned;
  Rig rig;
  auto services = start_services(planned.services, setup.scenario_file, planned.target.cpus, setup.ground.templates,
                                 setup.programs, stop);
  if (!services) return std::unexpected(services.error());
  rig.services_ = std::move(*services);
  auto target = TargetProcess::start({.spec = planned.target,
                                      .programs = setup.programs,
                                      .source = setup.ground.source,
                                      .here = folder_of_scenario(setup.scenario_file),
                                      .services = addresses_of(rig.services_)},
                                     stop, start);
  if (!target) return std::unexpected(target.error());
  rig.target_ = std::move(*target);
  if (planned.target.has_front()) {
    auto front = start_front(planned.target, rig.target_->endpoint(), setup.scenario_file, setup.programs, stop);
    if (!front) {
      start.log_tail = rig.log_tail();
      return std::unexpected(front.error());
    }
    rig.front_ = std::move(*front);
  }
  return rig;
}

std::vector<results::ServiceRun> Rig::service_runs() const {
  std::vector<results::ServiceRun> runs;
  runs.reserve(services_.size() + 1);
  for (const auto& service : services_) runs.push_back(service.run());
  if (front_) runs.push_back(front_->run());
  return runs;
}

Endpoint Rig::endpoint() const {
  if (!front_) return target_->endpoint();
  return {.host = "127.0.0.1", .port = front_->port(), .unix_socket = {}};
}

std::vector<pid_t> Rig::started() const {
  auto all = target_->is_started() ? target_->members() : std::vector<pid_t>{};
  const auto add = [&](const Service& service) {
    const auto members = service.members();
    all.insert(all.end(), members.begin(), members.end());
  };
  for (const auto& service : services_) add(service);
  if (front_) add(*front_);
  return all;
}

std::vector<MonitoredSide> Rig::sides() const {
  std::vector<MonitoredSide> all = {{.name = "target", .members = target_->members()}};
  for (const auto& service : services_) all.push_back({.name = service.name(), .members = service.members()});
  if (front_) all.push_back({.name = front_->name(), .members = front_->members()});
  return all;
}

std::vector<int> Rig::outputs() const {
  std::vector<int> all = {target_->output_fd()};
  for (const auto& service : services_) all.push_back(service.output_fd());
  if (front_) all.push_back(front_->output_fd());
  return all;
}

std::vector<pid_t> Rig::leaders() const {
  std::vector<pid_t> all;
  if (target_->is_started()) all.push_back(target_->pid());
  for (const auto& service : services_) all.push_back(service.pid());
  if (front_) all.push_back(front_->pid());
  return all;
}

void Rig::discard_output() {
  target_->discard_output();
  for (auto& service : services_) service.discard_output();
  if (front_) front_->discard_output();
}

std::optional<std::string> Rig::ended_early() {
  if (const auto exit = target_->poll_exit()) return fmt::format("the target ended in mid-trial: {}", exit->text());
  for (auto& service : services_)
    if (const auto exit = service.poll_exit())
      return fmt::format("service {} ended in mid-trial: {}", service.name(), exit->text());
  if (!front_) return std::nullopt;
  if (const auto exit = front_->poll_exit())
    return fmt::format("front {} ended in mid-trial: {}", front_->name(), exit->text());
  return std::nullopt;
}

std::string Rig::log_tail() {
  auto text = target_->log_tail();
  const auto add = [&](Service& service) {
    if (const auto words = last_words(service.log_tail()); !words.empty())
      text += fmt::format("\n[{}] {}", service.name(), words);
  };
  for (auto& service : services_) add(service);
  if (front_) add(*front_);
  return text;
}

std::string Rig::exposure() const {
  const auto addresses = open_to_other_hosts(started());
  if (addresses.empty()) return {};
  return fmt::format("the target listens at {}, where other hosts reach it; let it listen at 127.0.0.1",
                     fmt::join(addresses, ", "));
}

}  // namespace hotlap::harness
