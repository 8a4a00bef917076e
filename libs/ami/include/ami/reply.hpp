#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "ami/message.hpp"
#include "base/error.hpp"

namespace trunkline::ami {

/// What an action was answered.
struct Reply {
    StoredMessage response;
    std::vector<StoredMessage> items;       ///< Of a list action, without the event that ends it.
    std::optional<StoredMessage> complete;  ///< That event.

    std::string_view message() const { return response.view().get("Message"); }
    /// The lines of a Command, in either style.
    std::vector<std::string_view> output() const;
};

/// What an error response means: `forbidden` (the exchange's user lacks the right), `unauthorized`,
/// `not_found` (no such channel, queue, member, ...), `conflict` (it is so already), else
/// `invalid_input`. Nothing if it is no error.
std::optional<base::Errc> error_of(const Message& response);

/// Whether an error says that the list which was asked for is empty.
bool is_empty_list(const Message& response);

}  // namespace trunkline::ami
