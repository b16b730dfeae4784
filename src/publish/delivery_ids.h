// SPDX-License-Identifier: Apache-2.0
// Who hears of a delivery is written in its id: a record goes by its sequence number, all else by numbers
// above.
#pragma once

#include "submeter/mqtt_client.h"

namespace submeter::publish {

inline constexpr DeliveryId kFirstOtherDelivery = DeliveryId{1} << 63;
inline constexpr DeliveryId kOnlineDelivery = kFirstOtherDelivery;
inline constexpr DeliveryId kOfflineDelivery = kFirstOtherDelivery + 1;
inline constexpr DeliveryId kInfoDelivery = kFirstOtherDelivery + 2;
inline constexpr DeliveryId kHealthDelivery = kFirstOtherDelivery + 3;
inline constexpr DeliveryId kNewInfoDelivery = kFirstOtherDelivery + 4;
inline constexpr DeliveryId kFirstLiveDelivery = kFirstOtherDelivery + 5;
inline constexpr DeliveryId kFirstAnnouncement = kFirstOtherDelivery + kFirstOtherDelivery / 2;

constexpr bool is_record_delivery(DeliveryId id) {
  return id < kFirstOtherDelivery;
}
constexpr bool is_live_delivery(DeliveryId id) {
  return id >= kFirstLiveDelivery && id < kFirstAnnouncement;
}
constexpr bool is_announcement(DeliveryId id) {
  return id >= kFirstAnnouncement;
}

}  // namespace submeter::publish
