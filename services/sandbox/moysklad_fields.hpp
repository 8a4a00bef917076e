#pragma once

#include <optional>

#include "json/document.hpp"
#include "moysklad_answer.hpp"

namespace trunkline::sandbox::moysklad {

/// What is wrong with the body of `POST /call`: required fields, types, unknown members.
std::optional<Answer> problem_of_create(json::View body);
/// Of `PUT /call/...`: nothing is required, but something has to be there.
std::optional<Answer> problem_of_update(json::View body);
/// Of one card event.
std::optional<Answer> problem_of_event(json::View event);

}  // namespace trunkline::sandbox::moysklad
