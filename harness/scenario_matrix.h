// The section of a scenario that says which cases there are: matrix with its exclusions, inclusions and overrides. Part
// of scenario_yaml.h.
#pragma once

#include <string>
#include <string_view>

#include "harness/node_reader.h"
#include "harness/scenario.h"
#include "harness/scenario_layers.h"

namespace hotlap::harness {

// A mapping of the keys of target or of load.
[[nodiscard]] std::vector<Setting> read_target(NodeReader& reader, const YamlNode& mapping);
[[nodiscard]] std::vector<Setting> read_load(NodeReader& reader, const YamlNode& mapping);
[[nodiscard]] int read_trials(NodeReader& reader, const YamlNode& node);

// Names of axes and values as the sections use them, held against those that there are.
class CaseNames {
 public:
  // `before`: the values before a profile or --set was laid over the file; null: none was. To name one of them that is
  // gone is no mistake, nor is it to name one that another file listed.
  CaseNames(NodeReader& reader, const Scenario& scenario, const Layers& layers, const AxisValues* before)
      : reader_(reader), scenario_(scenario), layers_(layers), before_(before), values_(scenario) {}

  void require_axis(const YamlEntry& entry, std::string_view where);
  void require_value(const std::string& axis, const AxisValue& value, std::string_view where);
  [[nodiscard]] Conditions conditions(const YamlNode& mapping, std::string_view where);

 private:
  NodeReader& reader_;
  const Scenario& scenario_;
  const Layers& layers_;
  const AxisValues* before_;
  AxisValues values_;
};

void read_matrix(NodeReader& reader, const YamlNode& root, const Layers& layers, const AxisValues* before,
                 Scenario& scenario);

}  // namespace hotlap::harness
