// SPDX-License-Identifier: Apache-2.0
#include "core/data_log.h"

#include <fmt/format.h>
#include <spdlog/async.h>
#include <spdlog/sinks/rotating_file_sink.h>

#include <utility>

namespace submeter::core {

class DataLog::Body {
 public:
  explicit Body(const DataLogOptions& options)
      : sink(std::make_shared<spdlog::sinks::rotating_file_sink_mt>(options.path, options.max_size,
                                                                    options.files)),
        logger(std::make_shared<spdlog::async_logger>("data", sink, spdlog::thread_pool(),
                                                      spdlog::async_overflow_policy::overrun_oldest)) {
    logger->set_pattern("%v");
    logger->flush_on(spdlog::level::info);
  }
  // spdlog's asynchronous logger hands itself to its thread by shared_ptr.
  std::shared_ptr<spdlog::sinks::rotating_file_sink_mt> sink;
  std::shared_ptr<spdlog::async_logger> logger;
};

Result<std::unique_ptr<DataLog>> DataLog::open(const DataLogOptions& options) {
  try {
    return std::unique_ptr<DataLog>(new DataLog(std::make_unique<Body>(options)));
  } catch (const spdlog::spdlog_ex& failure) {
    return Error{fmt::format("data log {} cannot be written: {}", options.path, failure.what())};
  }
}

DataLog::DataLog(std::unique_ptr<Body> body) : body_(std::move(body)) {}

DataLog::~DataLog() = default;

void DataLog::write(std::string_view line) {
  body_->logger->info(line);
}

}  // namespace submeter::core
