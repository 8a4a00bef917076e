#pragma once

#include "call/call.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

namespace trunkline::call {

void write_call(json::Writer& writer, const Call& call);
/// Errors go to the reader.
Call read_call(json::Reader& reader);

}  // namespace trunkline::call
