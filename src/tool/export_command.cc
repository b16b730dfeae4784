// SPDX-License-Identifier: Apache-2.0
#include "tool/export_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/scalars.h"
#include "tool/daemon_client.h"
#include "tool/kept_records.h"
#include "tool/record_csv.h"
#include "tool/terminal.h"
#include "tool/time_argument.h"

namespace submeter::tool {
namespace {

/// Where the export goes: standard output or a file.
class Output {
 public:
  static Result<Output> open(const std::string& path) {
    if (path.empty()) return Output(stdout, "standard output");
    std::FILE* file = std::fopen(path.c_str(), "we");
    if (file == nullptr) return Error{fmt::format("{}: {}", path, std::strerror(errno))};
    return Output(file, path);
  }
  Result<void> write(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), file_.get()) == text.size()) return {};
    return failed();
  }
  Result<void> finish() {
    if (std::fflush(file_.get()) == 0) return {};
    return failed();
  }
  bool is_terminal() const { return ::isatty(::fileno(file_.get())) == 1; }

 private:
  struct Close {
    void operator()(std::FILE* file) const {
      if (file != stdout) std::fclose(file);
    }
  };
  Output(std::FILE* file, std::string name) : file_(file), name_(std::move(name)) {}
  Error failed() const { return {fmt::format("{}: {}", name_, std::strerror(errno))}; }

  std::unique_ptr<std::FILE, Close> file_;
  std::string name_;
};

/// A line on the terminal that is written over.
class Progress {
 public:
  explicit Progress(bool shown) : shown_(shown) {}
  ~Progress() {
    if (shown_ && records_ > 0) std::fprintf(stderr, "\r\x1b[K");
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void count() { ++records_; }
  void show(std::uint64_t seq) const {
    if (shown_) fmt::print(stderr, "\r{} records, at {}\x1b[K", records_, seq);
  }

 private:
  bool shown_;
  std::uint64_t records_ = 0;
};

Error not_a_record(const std::string& line) {
  return {"not a record: " + line.substr(0, 200)};
}

class ExportCommand final : public Command {
  std::string name() const override { return "export"; }
  std::string summary() const override { return "Write the records of a span of time that are kept"; }
  void declare(CLI::App& command) override;
  ExitCode run() override;

  Result<UtcTime> ask_for_now() const;
  ExitCode write(const KeptRecords& records, Output& output) const;
  static KeptRecords::Visitor visitor(Progress& progress, bool& complete);
  static Result<void> write_lines(const KeptRecords& records, KeptRecords::Visitor visitor, Output& output);
  static Result<void> write_csv(const KeptRecords& records, KeptRecords::Visitor visitor, Output& output);

  std::string from_;
  std::string to_ = "now";
  std::vector<std::string> circuits_;
  std::string format_ = "jsonl";
  std::string path_;
  std::string socket_ = kDefaultSocket;
};

void ExportCommand::declare(CLI::App& command) {
  command
      .add_option("--from", from_, "2026-11-21, 2026-11-21T12:00 or 2026-11-21T12:00:00Z, all UTC, or 24h")
      ->required();
  command.add_option("--to", to_, "Up to, without it")->capture_default_str();
  command.add_option("--circuit", circuits_, "Only this circuit, any number of times");
  command.add_option("--format", format_, "jsonl: the records' own bytes; csv: a table")
      ->check(CLI::IsMember({"jsonl", "csv"}))
      ->capture_default_str();
  command.add_option("-o,--output", path_, "Into this file instead of standard output");
  command.add_option("--socket", socket_, "The daemon's status socket")->capture_default_str();
  command.footer(
      "Exit status: 0 all that was recorded, 1 some of it is gone or something failed, 2 wrong command line, "
      "3 the daemon does\nnot answer.");
}

ExitCode ExportCommand::run() {
  const auto from = TimeArgument::parse(from_);
  const auto to = TimeArgument::parse(to_);
  if (!from || !to) {
    print_error(from ? "--to: " + to.error().message : "--from: " + from.error().message);
    return ExitCode::kUsage;
  }
  const auto now = ask_for_now();
  if (!now) {
    print_error(now.error().message);
    return ExitCode::kNoAnswer;
  }
  KeptRecords::Span span{.from = from->at(*now), .to = to->at(*now), .circuits = circuits_};
  if (span.from >= span.to) {
    print_error(fmt::format("--from {} is not before --to {}: nothing lies between", from_, to_));
    return ExitCode::kUsage;
  }
  auto output = Output::open(path_);
  if (!output) {
    print_error(output.error().message);
    return ExitCode::kFinding;
  }
  return write(KeptRecords(socket_, std::move(span)), *output);
}

// By the clock that stamps the records.
Result<UtcTime> ExportCommand::ask_for_now() const {
  const auto answer = ask_daemon(socket_, {{"command", "queue"}});
  if (!answer) return answer.error();
  const Json now = answer->value("now", Json());
  if (!now.is_number_integer())
    return Error{"the daemon does not know `queue` and `export`; restart it after the update"};
  return UtcTime{std::chrono::milliseconds{now.get<std::int64_t>()}};
}

ExitCode ExportCommand::write(const KeptRecords& records, Output& output) const {
  bool complete = true;
  Result<void> done;
  {
    Progress progress(::isatty(STDERR_FILENO) == 1 && !output.is_terminal());
    const auto write = format_ == "csv" ? write_csv : write_lines;
    done = write(records, visitor(progress, complete), output);
  }
  if (done) done = output.finish();
  if (!done) {
    print_error(done.error().message + "; what was written is not complete");
    return ExitCode::kFinding;
  }
  return complete ? ExitCode::kFine : ExitCode::kFinding;
}

KeptRecords::Visitor ExportCommand::visitor(Progress& progress, bool& complete) {
  return {.on_record =
              [&progress](const std::string& /*record*/) {
                progress.count();
                return Result<void>();
              },
          .on_missing =
              [&complete](KeptRecords::Missing missing) {
                complete = false;
                print_error(fmt::format(
                    "records {} to {} are gone from the store, those of the time asked for with them: they "
                    "were delivered and grew old, or lost (see store_dropped and store_damaged)",
                    missing.first, missing.last));
              },
          .on_progress = [&progress](std::uint64_t seq) { progress.show(seq); }};
}

Result<void> ExportCommand::write_lines(const KeptRecords& records, KeptRecords::Visitor visitor,
                                        Output& output) {
  visitor.on_record = [&output, count = visitor.on_record](const std::string& record) -> Result<void> {
    if (auto counted = count(record); !counted) return counted;
    return output.write(record + "\n");
  };
  return records.visit(visitor);
}

// Twice through the store, because only at the end of it are the columns known; records never change, so what
// the first pass saw is enough for the second, which ends where the first one did.
Result<void> ExportCommand::write_csv(const KeptRecords& records, KeptRecords::Visitor visitor,
                                      Output& output) {
  RecordCsv csv;
  std::uint64_t last = 0;
  const auto learn = [&csv](const std::string& record) -> Result<void> {
    const auto fields = record_fields(record);
    if (!fields) return not_a_record(record);
    csv.learn(*fields);
    return {};
  };
  const auto to_the_end = [&last](std::uint64_t seq) { last = seq; };
  const auto silent = [](KeptRecords::Missing /*told in the second pass*/) {};
  if (auto seen = records.visit({learn, silent, to_the_end}); !seen) return seen;
  if (auto written = output.write(csv.head()); !written) return written;
  visitor.on_record = [&output, &csv, last,
                       count = visitor.on_record](const std::string& record) -> Result<void> {
    const auto fields = record_fields(record);
    const auto seq =
        fields && fields->contains("seq") ? config::parse_unsigned(fields->at("seq")) : std::nullopt;
    if (!seq) return not_a_record(record);
    if (*seq > last) return {};
    if (auto counted = count(record); !counted) return counted;
    return output.write(csv.row(*fields));
  };
  return records.visit(visitor, last);
}

}  // namespace

std::unique_ptr<Command> make_export_command() {
  return std::make_unique<ExportCommand>();
}

}  // namespace submeter::tool
