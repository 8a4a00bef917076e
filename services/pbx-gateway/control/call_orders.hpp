#pragma once

#include "order.hpp"

namespace trunkline::pbx_control {

// What POST /pbx/{id}/calls and below can be asked for (docs/control.md). `{channel}` is a
// channel's name or Uniqueid; a call that was placed here has the Uniqueid that originate answered.

base::Result<> prepare_originate(const Wish& wish, Order& order);
base::Result<> prepare_hangup(const Wish& wish, Order& order);
base::Result<> prepare_transfer(const Wish& wish, Order& order);
base::Result<> prepare_park(const Wish& wish, Order& order);
base::Result<> prepare_spy(const Wish& wish, Order& order);
base::Result<> prepare_dtmf(const Wish& wish, Order& order);
base::Result<> prepare_hold(const Wish& wish, Order& order);
base::Result<> prepare_record(const Wish& wish, Order& order);
base::Result<> prepare_bridge(const Wish& wish, Order& order);

}  // namespace trunkline::pbx_control
