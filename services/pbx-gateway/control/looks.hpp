#pragma once

#include <string>

#include "control.hpp"

namespace trunkline::pbx_control {

// What can be looked at under /pbx/{id}.

httpd::Handler list_channels(const ControlParts& parts);
httpd::Handler get_channel(const ControlParts& parts);
httpd::Handler list_queues(const ControlParts& parts);
httpd::Handler get_queue(const ControlParts& parts);
httpd::Handler get_queue_summary(const ControlParts& parts);
/// `connection`, `system`, `channels`, `queues`, `quality` or `report`; empty: as the path's
/// `{part}` says.
httpd::Handler get_health(const ControlParts& parts, std::string part);

}  // namespace trunkline::pbx_control
