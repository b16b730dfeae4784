// SPDX-License-Identifier: Apache-2.0
#include "publish/outbox.h"

#include "tests/unit/publish/publisher_fixture.h"

namespace submeter::publish {
namespace {

class OutboxTest : public ::testing::Test {
 protected:
  std::vector<std::uint64_t> take_all() {
    std::vector<std::uint64_t> taken;
    loop.settle();
    while (!outbox->exhausted()) {
      const Record* record = outbox->peek();
      if (record != nullptr) {
        taken.push_back(record->seq.value);
        outbox->advance();
      }
      loop.settle();
    }
    return taken;
  }
  void commit(std::uint64_t first, std::uint64_t last) {
    for (Record& record : samples(first, last)) ASSERT_TRUE(queue.append(std::move(record)));
    loop.settle();
  }

  test::SimulatedLoop loop;
  FakeRecordQueue queue{loop};
  std::unique_ptr<Outbox> outbox = std::make_unique<Outbox>(queue, [] {});
};

TEST_F(OutboxTest, MayGoWhileADiskReadIsUnderWay) {
  queue.preload(samples(1, 10));
  EXPECT_EQ(outbox->peek(), nullptr);
  EXPECT_EQ(queue.reads, 1U);
  outbox.reset();
  loop.settle();
}

TEST_F(OutboxTest, AsksTheDiskOnceAtATime) {
  queue.preload(samples(1, 10));
  EXPECT_EQ(outbox->peek(), nullptr);
  EXPECT_EQ(outbox->peek(), nullptr);
  EXPECT_EQ(queue.reads, 1U);
}

TEST_F(OutboxTest, DropsTheAnswerToAnOlderQuestion) {
  queue.preload(samples(1, 10));
  outbox->peek();
  outbox->restart({7});
  EXPECT_EQ(take_all(), (std::vector<std::uint64_t>{8, 9, 10}));
}

TEST_F(OutboxTest, KeepsExactlyTheTailInMemory) {
  queue.on_commit([this](std::span<const Record> records) { outbox->on_commit(records); });
  commit(1, Outbox::kTail);
  EXPECT_FALSE(outbox->behind());
  commit(Outbox::kTail + 1, Outbox::kTail + 1);
  EXPECT_TRUE(outbox->behind());
  EXPECT_EQ(take_all().size(), Outbox::kTail + 1);
  EXPECT_GT(queue.reads, 0U);
}

TEST_F(OutboxTest, ForgetsWhatIsAcknowledgedAndNothingElse) {
  queue.on_commit([this](std::span<const Record> records) { outbox->on_commit(records); });
  commit(1, 10);
  EXPECT_EQ(take_all().size(), 10U);
  outbox->forget({4});
  outbox->restart({4});
  EXPECT_FALSE(outbox->behind());
  EXPECT_EQ(take_all(), (std::vector<std::uint64_t>{5, 6, 7, 8, 9, 10}));
  EXPECT_EQ(queue.reads, 0U);
}

TEST_F(OutboxTest, ReadsAgainWhatWasForgottenButIsWanted) {
  queue.on_commit([this](std::span<const Record> records) { outbox->on_commit(records); });
  commit(1, 10);
  take_all();
  outbox->forget({10});
  outbox->restart({8});
  EXPECT_EQ(take_all(), (std::vector<std::uint64_t>{9, 10}));
  EXPECT_GT(queue.reads, 0U);
}

}  // namespace
}  // namespace submeter::publish
