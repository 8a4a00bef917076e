#pragma once

#include "order.hpp"

namespace trunkline::pbx_control {

// What is changed in queues (docs/control.md). `{interface}` is a member as the exchange knows it,
// or an extension.

base::Result<> prepare_queue_add(const Wish& wish, Order& order);
base::Result<> prepare_queue_remove(const Wish& wish, Order& order);
/// Takes an agent out of the queue for a while, and back. It holds no call.
base::Result<> prepare_queue_pause(const Wish& wish, Order& order);
base::Result<> prepare_queue_penalty(const Wish& wish, Order& order);
base::Result<> prepare_queue_reload(const Wish& wish, Order& order);

}  // namespace trunkline::pbx_control
