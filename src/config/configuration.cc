// SPDX-License-Identifier: Apache-2.0
#include "config/configuration.h"

#include <fmt/core.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <tuple>
#include <variant>

#include "config/map_catalog.h"
#include "config/read_file.h"
#include "config/site_draft.h"
#include "config/site_resolver.h"
#include "config/stable_path.h"

namespace submeter::config {

namespace {

/// Eight digits tell two configurations of one gateway apart; they protect nothing.
std::string digest_of(const std::string& bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  if (EVP_Digest(bytes.data(), bytes.size(), hash.data(), nullptr, EVP_sha256(), nullptr) != 1)
    return "00000000";
  return fmt::format("{:02x}{:02x}{:02x}{:02x}", hash[0], hash[1], hash[2], hash[3]);
}

/// By place, each once: what a meter's circuits share is looked at for each of them.
void put_in_order(std::vector<Problem>& problems) {
  const auto place = [](const Problem& problem) {
    return std::tie(problem.file, problem.line, problem.column);
  };
  std::stable_sort(problems.begin(), problems.end(),
                   [&place](const Problem& a, const Problem& b) { return place(a) < place(b); });
  problems.erase(std::unique(problems.begin(), problems.end()), problems.end());
}

/// One run of load(): reads the files in order, keeps them for places to point at.
class Loader {
 public:
  explicit Loader(const Sources& sources) : from_(sources) {}

  Configuration run() && {
    read_site();
    MapCatalog maps(from_, result_.problems, result_.notes);
    result_.options = SiteResolver(site_, maps).resolve();
    maps.check_unused();
    hint_at_stable_paths();
    result_.maps = maps.used();
    result_.digest = digest_of(text_ + maps.used_text());
    put_in_order(result_.problems);
    return std::move(result_);
  }

 private:
  void read_site() {
    read(from_.config);
    for (const auto& file : yaml_files(from_.config.parent_path() / "conf.d", result_.problems)) read(file);
    if (!site_.complete) return;  // what is missing may stand in the file that could not be read
    for (const Shape::Key& key : root_section().shape().keys) {
      if (key.presence != Presence::kRequired || site_.sections.find(key.name) != site_.sections.end())
        continue;
      report_missing_key({&files_.front(), {1, 1}}, key.name, "the configuration");
    }
  }

  void hint_at_stable_paths() {
    for (const auto& [id, bus] : result_.options.buses) {
      const auto* line = std::get_if<SerialLine>(&bus.line);
      const auto stable = line != nullptr ? stable_path(line->device) : std::nullopt;
      if (!stable) continue;
      result_.notes.push_back(fmt::format("bus {}: {} may be another port after a re-plug; device: {} stays",
                                          id, line->device, *stable));
    }
  }

  void read(const std::filesystem::path& path) {
    const Source& file = files_.emplace_back(path, result_.problems);
    const auto text = read_file(file);
    const auto root = text ? parse_yaml(file, *text) : std::nullopt;
    if (text) text_ += *text;
    if (root) root_section().read_part({&file, &*root}, site_);
    site_.complete = site_.complete && root.has_value();
  }

  const Sources& from_;
  Configuration result_;
  std::deque<Source> files_;
  SiteDraft site_;
  std::string text_;
};

}  // namespace

Configuration load(const Sources& sources) {
  return Loader(sources).run();
}

}  // namespace submeter::config
