// SPDX-License-Identifier: Apache-2.0
#include "config/map_loader.h"

#include <fmt/core.h>

#include "config/map_sections.h"
#include "config/read_file.h"
#include "config/register_resolver.h"

namespace submeter::config {

namespace {

/// Files are found by their name, so it has to be the map's.
void check_name(const Source& source, const Located<std::string>& name) {
  const std::string stem = source.file().stem().string();
  if (name.given() && name.value != stem) {
    name.place.error(fmt::format("map '{}' stands in a file named '{}'; expected {}.yaml", name.value,
                                 source.file().filename().string(), name.value));
  }
}

}  // namespace

meters::RegisterMap parse_map(const Source& source, const std::string& text) {
  MapDraft draft;
  const auto root = parse_yaml(source, text);
  if (!root) return draft.map;
  map_section().read({&source, &*root}, draft);
  check_name(source, draft.name);
  draft.map.name = draft.name.value;
  const RegisterResolver resolver(draft);
  for (const MapPointDraft& point : draft.points) draft.map.points.push_back(resolver.point(point));
  if (draft.identify) draft.map.identify = resolver.identify(*draft.identify);
  if (draft.ct_check) draft.map.ct_check = resolver.ct_check(*draft.ct_check);
  return draft.map;
}

meters::RegisterMap load_map(const std::filesystem::path& file, std::vector<Problem>& problems) {
  const Source source(file, problems);
  const auto text = read_file(source);
  return text ? parse_map(source, *text) : meters::RegisterMap{};
}

}  // namespace submeter::config
