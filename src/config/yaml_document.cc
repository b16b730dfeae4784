// SPDX-License-Identifier: Apache-2.0
#include "config/yaml_document.h"

#include <fmt/core.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <sstream>
#include <unordered_map>
#include <utility>

namespace submeter::config {

namespace {

Mark from_yaml(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {mark.line + 1, mark.column + 1};
}

/// Builds the tree: one open node a level, of a map also the key that waits for its value.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(const Source& source) : source_(source) {}

  YamlNode take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_extras(mark, "", anchor);
    complete(make(YamlNode::Kind::kNull, mark));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    error(mark, "YAML aliases (*name) are not accepted; expected the value itself");
    complete(make(YamlNode::Kind::kNull, mark));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_extras(mark, tag, anchor);
    YamlNode node = make(YamlNode::Kind::kScalar, mark);
    node.text = value;
    complete(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    refuse_extras(mark, tag, anchor);
    open_.push_back({make(YamlNode::Kind::kSequence, mark), {}, {}});
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    refuse_extras(mark, tag, anchor);
    open_.push_back({make(YamlNode::Kind::kMap, mark), {}, {}});
  }
  void OnMapEnd() override { close(); }

 private:
  struct Level {
    YamlNode node;
    std::optional<YamlNode> key;
    std::unordered_map<std::string, int> first_lines;
  };

  static YamlNode make(YamlNode::Kind kind, const YAML::Mark& mark) {
    YamlNode node;
    node.kind = kind;
    node.mark = node.key_mark = from_yaml(mark);
    return node;
  }

  void error(const YAML::Mark& mark, std::string message) {
    source_.report(Severity::kError, from_yaml(mark), std::move(message));
  }

  void refuse_extras(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor)
      error(mark, "YAML anchors (&name) are not accepted; write the value where it is needed");
    if (!tag.empty() && tag != "?" && tag != "!")
      error(mark, "YAML tags (!name) are not accepted; expected a plain value");
  }

  void close() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    complete(std::move(node));
  }

  void complete(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Level& level = open_.back();
    if (level.node.kind == YamlNode::Kind::kSequence) {
      level.node.items.push_back(std::move(node));
    } else if (!level.key) {
      level.key = std::move(node);
    } else {
      add_entry(level, *std::exchange(level.key, std::nullopt), std::move(node));
    }
  }

  void add_entry(Level& level, const YamlNode& key, YamlNode value) {
    if (key.kind != YamlNode::Kind::kScalar) {
      source_.report(Severity::kError, key.mark,
                     fmt::format("{} cannot be a key; expected a word", key.describe()));
      return;
    }
    const auto [first, is_new] = level.first_lines.try_emplace(key.text, key.mark.line);
    if (!is_new) {
      source_.report(
          Severity::kError, key.mark,
          fmt::format("duplicate key '{}'; it already stands in line {}", shown(key.text), first->second));
      return;
    }
    value.key_mark = key.mark;
    level.node.entries.push_back({key.text, std::move(value)});
  }

  const Source& source_;
  YamlNode root_;
  std::vector<Level> open_;
};

/// The first tab that indents the given line, counted from 1; 0 if none does.
int indenting_tab(const std::string& text, int line) {
  std::istringstream lines(text);
  std::string content;
  for (int number = 0; number < line; ++number) std::getline(lines, content);
  const std::size_t tab = content.find('\t');
  return tab != std::string::npos && content.find_first_not_of(" \t") > tab ? static_cast<int>(tab) + 1 : 0;
}

void report_syntax(const Source& source, const std::string& text, const YAML::Exception& failure) {
  const Mark mark = from_yaml(failure.mark);
  if (const int tab = indenting_tab(text, mark.line)) {
    source.report(Severity::kError, {mark.line, tab}, "this line is indented with a tab; expected spaces");
    return;
  }
  source.report(Severity::kError, mark,
                fmt::format("this is not YAML: {}; the rest of the file was not checked", failure.msg));
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

std::string YamlNode::describe() const {
  switch (kind) {
    case Kind::kNull:
      return "nothing";
    case Kind::kScalar:
      return fmt::format("'{}'", shown(text));
    case Kind::kSequence:
      return "a list";
    case Kind::kMap:
      return "keys and values";
  }
  return {};
}

std::optional<YamlNode> parse_yaml(const Source& source, const std::string& text) {
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    TreeBuilder builder(source);
    parser.HandleNextDocument(builder);
    YamlNode root = builder.take_root();
    TreeBuilder rest(source);
    if (parser.HandleNextDocument(rest)) {
      source.report(Severity::kError, rest.take_root().mark,
                    "a second YAML document begins; expected one a file");
    }
    return root;
  } catch (const YAML::Exception& failure) {
    report_syntax(source, text, failure);
    return std::nullopt;
  }
}

}  // namespace submeter::config
