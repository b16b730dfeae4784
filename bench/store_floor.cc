// SPDX-License-Identifier: Apache-2.0
// What bench/s1-durable-records and bench/s2-flash-wear are held against; uses nothing of the collector.
//
//   store_floor rows DIRECTORY [--seconds S] [--rate R] [--commit MS] [--bytes B] [--batch N]
//   store_floor sync DIRECTORY [--seconds S] [--bytes B] [--batch N]
//
// rows: SQLite with a row a reading, WAL and synchronous=FULL; a transaction each MS milliseconds, or of N
// rows as fast as it goes. sync: nothing but write and fdatasync, N readings at a time. One line of JSON says
// what it took.
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <thread>

#include "command_line.h"
#include "usage.h"

namespace submeter::bench {
namespace {

constexpr off_t kFileBytes = 64 << 20;  // written over and over, as a log is

struct Task {
  explicit Task(std::span<char*> words)
      : directory(words[2]),
        seconds(number(words, "--seconds", 5)),
        rate(number(words, "--rate", 0)),
        commit_seconds(number(words, "--commit", 250) / 1000),
        bytes(static_cast<std::size_t>(number(words, "--bytes", 212))),
        batch(static_cast<std::uint64_t>(number(words, "--batch", 1))) {}
  std::string directory;
  double seconds;
  double rate;
  double commit_seconds;
  std::size_t bytes;
  std::uint64_t batch;
};

void demand(bool done, const char* what) {
  if (done) return;
  std::perror(what);
  std::exit(EXIT_FAILURE);
}

void report(std::uint64_t records, Clock::time_point begin, std::uint64_t commits) {
  std::printf("{\"records\":%lu,\"seconds\":%.3f,\"commits\":%lu}\n", records, seconds(Clock::now() - begin),
              commits);
}

class Rows {
 public:
  explicit Rows(const std::string& path) {
    demand(sqlite3_open(path.c_str(), &database_) == SQLITE_OK, "open");
    run("PRAGMA page_size=4096");
    run("PRAGMA journal_mode=WAL");
    run("PRAGMA synchronous=FULL");
    run("CREATE TABLE reading(seq INTEGER PRIMARY KEY, ts INTEGER, circuit TEXT, json TEXT)");
    const char* insert = "INSERT INTO reading VALUES (?1, ?2, ?3, ?4)";
    demand(sqlite3_prepare_v2(database_, insert, -1, &insert_, nullptr) == SQLITE_OK, "prepare");
  }
  ~Rows() {
    sqlite3_finalize(insert_);
    sqlite3_close(database_);
  }
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  void run(const char* sql) {
    demand(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) == SQLITE_OK, sql);
  }
  void insert(std::uint64_t count, std::size_t bytes) {
    for (std::uint64_t i = 0; i < count; ++i) {
      ++seq_;
      const std::string circuit = "circuit-" + std::to_string(seq_ % 100);
      const std::string json =
          std::to_string(seq_) + std::string(bytes - 12, static_cast<char>('a' + seq_ % 26));
      sqlite3_bind_int64(insert_, 1, static_cast<sqlite3_int64>(seq_));
      sqlite3_bind_int64(insert_, 2, static_cast<sqlite3_int64>(1'795'212'900'000 + seq_ * 50));
      sqlite3_bind_text(insert_, 3, circuit.data(), static_cast<int>(circuit.size()), SQLITE_TRANSIENT);
      sqlite3_bind_text(insert_, 4, json.data(), static_cast<int>(json.size()), SQLITE_TRANSIENT);
      demand(sqlite3_step(insert_) == SQLITE_DONE, "insert");
      sqlite3_reset(insert_);
    }
  }

 private:
  sqlite3* database_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  std::uint64_t seq_ = 0;
};

void rows(const Task& task) {
  Rows database(task.directory + "/rows.db");
  // Until the log has the size it will have for good, as store_load does.
  for (int round = 0; task.rate > 0 && round < 10; ++round) {
    database.run("BEGIN");
    database.insert(2000, task.bytes);
    database.run("COMMIT");
  }
  if (task.rate > 0) std::puts("warm");
  std::fflush(stdout);
  const Clock::time_point begin = Clock::now();
  std::uint64_t records = 0;
  std::uint64_t commits = 0;
  while (seconds(Clock::now() - begin) < task.seconds) {
    std::uint64_t count = task.batch;
    if (task.rate > 0) {
      std::this_thread::sleep_for(std::chrono::duration<double>(task.commit_seconds));
      count = static_cast<std::uint64_t>(task.rate * seconds(Clock::now() - begin)) - records;
    }
    database.run("BEGIN");
    database.insert(count, task.bytes);
    database.run("COMMIT");
    records += count;
    ++commits;
  }
  report(records, begin, commits);
}

void sync(const Task& task) {
  const int file = ::open((task.directory + "/floor").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  demand(file >= 0 && ::posix_fallocate(file, 0, kFileBytes) == 0, "open");
  const std::string bytes(task.bytes * task.batch, 'x');
  for (off_t at = 0; at + static_cast<off_t>(bytes.size()) <= kFileBytes;
       at += static_cast<off_t>(bytes.size())) {
    demand(::pwrite(file, bytes.data(), bytes.size(), at) > 0, "write");
  }
  demand(::fsync(file) == 0, "fsync");
  const Clock::time_point begin = Clock::now();
  std::uint64_t commits = 0;
  off_t at = 0;
  while (seconds(Clock::now() - begin) < task.seconds) {
    if (at + static_cast<off_t>(bytes.size()) > kFileBytes) at = 0;
    demand(::pwrite(file, bytes.data(), bytes.size(), at) == static_cast<ssize_t>(bytes.size()), "write");
    demand(::fdatasync(file) == 0, "fdatasync");
    at += static_cast<off_t>(bytes.size());
    ++commits;
  }
  report(commits * task.batch, begin, commits);
  ::close(file);
}

}  // namespace
}  // namespace submeter::bench

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const submeter::bench::Task task({argv, static_cast<std::size_t>(argc)});
  std::string_view(argv[1]) == "rows" ? submeter::bench::rows(task) : submeter::bench::sync(task);
  return EXIT_SUCCESS;
}
