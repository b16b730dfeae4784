// SPDX-License-Identifier: Apache-2.0
#include "poll/programmed_ct_check.h"

#include "core/log.h"
#include "poll/ct_supervision.h"
#include "poll/meter_session.h"

namespace submeter::poll {
namespace {

using meters::ProgrammedCt;

/// The meter does not multiply by the transformer's ratio: it is programmed 1:1, or for its own side of it.
bool leaves_ratio_to_gateway(const ProgrammedCt& programmed, const TransformerRatio& ct) {
  if (programmed.primary == Decimal(1)) return true;
  if (programmed.gives == meters::CtCheck::Gives::kRatio) return false;
  return programmed.primary == programmed.secondary.value_or(ct.secondary);
}

std::string contradiction_between(const ProgrammedCt& programmed, const TransformerRatio& ct) {
  if (ct.applied_by == AppliedBy::kMeter) return meters::ct_contradiction(programmed, ct).value_or("");
  if (leaves_ratio_to_gateway(programmed, ct)) return {};
  const ProgrammedCt configured{meters::CtCheck::Gives::kPrimary, ct.primary, ct.secondary};
  return fmt::format("CT applied twice: meter is programmed {}, and the gateway multiplies by {}",
                     programmed.to_string(), configured.to_string());
}

}  // namespace

void ProgrammedCtCheck::on_away() {
  away_ = true;
  due_ = MonoTime::max();
  primary_words_.reset();
}

void ProgrammedCtCheck::on_back(MonoTime now) {
  if (std::exchange(away_, false) && meter_.ct_check) due_ = now;
}

modbus::ReadRequest ProgrammedCtCheck::request() const {
  const meters::CtCheck& check = *meter_.ct_check;
  return request_for(meter_.unit, meters::range_of(primary_words_ ? *check.secondary : check.reg));
}

void ProgrammedCtCheck::on_answer(const modbus::ReadAnswer& answer, MonoTime now) {
  const bool refused = is_refusal(answer);
  const auto primary = std::exchange(primary_words_, std::nullopt);
  if (away_) return;
  if (answer.outcome != modbus::Outcome::kRegisters && !refused) {
    due_ = now + kSoon;
    return;
  }
  if (!primary && !refused && meter_.ct_check->secondary) {
    primary_words_ = answer.registers;  // due still, for the rest
    return;
  }
  // Of what was refused there are no words.
  conclude(primary.value_or(answer.registers), primary ? answer.registers : std::vector<std::uint16_t>(),
           now);
  due_ = refused ? MonoTime::max() : now + (suspect() ? kSoon : kEvery);
}

void ProgrammedCtCheck::conclude(const std::vector<std::uint16_t>& primary,
                                 const std::vector<std::uint16_t>& secondary, MonoTime now) {
  programmed_.reset();
  if (!primary.empty()) programmed_ = meters::programmed_ct(*meter_.ct_check, primary, secondary);
  std::string contradiction;
  if (programmed_ && meter_.ct) contradiction = contradiction_between(*programmed_, *meter_.ct);
  if (contradiction == contradiction_) return;
  contradiction_ = std::move(contradiction);
  tell(now);
}

void ProgrammedCtCheck::tell(MonoTime now) {
  const std::string agrees =
      programmed_ ? fmt::format("meter is programmed {}, which agrees with the configuration", programmed())
                  : std::string("meter does not say any more what CT it is programmed for");
  const std::string& text = suspect() ? contradiction_ : agrees;
  if (suspect()) {
    core::log_warning(
        "{}: {}; its records are flagged ct_suspect until the two agree, compare the transformer's plate "
        "with the "
        "meter's setting and with ct of the configuration  {}",
        name_.text, text, name_.fields);
  } else {
    core::log_info("{}: {}; its records are not flagged ct_suspect for that any more  {}", name_.text, text,
                   name_.fields);
  }
  const char* const name = meter_.ct->applied_by == AppliedBy::kGateway ? "ct_twice" : "ct_programmed";
  events_.push_back(ct_event(suspect(), text, now, meter_.id, {}, name));
}

}  // namespace submeter::poll
