#pragma once

#include <string>
#include <string_view>

namespace trunkline::pbx_gateway {

/// The file that a variable of the exchange names, as it lies below the enterprise's folder of
/// recordings; empty if it lies elsewhere or climbs out. `folder` is the exchange's own. A name
/// without a folder is in it; without an ending it is a wav, as Monitor writes it. Pure.
std::string recording_file(std::string_view value, std::string_view folder);

}  // namespace trunkline::pbx_gateway
