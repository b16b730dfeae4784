// SPDX-License-Identifier: Apache-2.0
// Lets a callback that somebody else keeps find out that its target is gone.
#pragma once

namespace submeter::poll {

/// Member of the target, declared last. The callback captures a Ticket by value and asks it first. One
/// thread.
class Lifeline {
 public:
  class Ticket {
   public:
    explicit Ticket(Lifeline& lifeline) { enter(&lifeline); }
    Ticket(const Ticket& other) { enter(other.lifeline_); }
    Ticket& operator=(const Ticket&) = delete;
    ~Ticket() { leave(); }

    bool alive() const { return lifeline_ != nullptr; }

   private:
    friend class Lifeline;
    void enter(Lifeline* lifeline) {
      lifeline_ = lifeline;
      if (lifeline_ == nullptr) return;
      next_ = lifeline_->first_;
      if (next_ != nullptr) next_->previous_ = this;
      lifeline_->first_ = this;
    }
    void leave() {
      if (lifeline_ == nullptr) return;
      (previous_ != nullptr ? previous_->next_ : lifeline_->first_) = next_;
      if (next_ != nullptr) next_->previous_ = previous_;
    }

    Lifeline* lifeline_ = nullptr;
    Ticket* previous_ = nullptr;
    Ticket* next_ = nullptr;
  };

  Lifeline() = default;
  Lifeline(const Lifeline&) = delete;
  Lifeline& operator=(const Lifeline&) = delete;
  ~Lifeline() {
    for (Ticket* ticket = first_; ticket != nullptr; ticket = ticket->next_) ticket->lifeline_ = nullptr;
  }

 private:
  Ticket* first_ = nullptr;
};

}  // namespace submeter::poll
