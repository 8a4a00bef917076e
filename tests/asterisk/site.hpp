#pragma once

#include <string>
#include <vector>

#include "../e2e/suite.hpp"
#include "asterisk.hpp"
#include "phones.hpp"
#include "tcp_gate.hpp"

namespace trunkline::asterisk {

/// What the `calls` table says of one call; but for its talk, which may differ by a second:
/// `0|2|151|{151}|{151}` is call_type, call_status, extension, extensions, talkers.
struct Row {
    std::string text;
    int talk = 0;
};

/// What the CRM was told of one outside number: `in hangup answered` is the events in their order,
/// then the results of the uploaded records.
using CrmStory = std::string;

/// A real exchange, its phones, and the suite that hears of them through the gateway.
class Site {
public:
    /// Everything is up, and the gateway is connected.
    explicit Site(const Asterisk::Options& options = Asterisk::Options());

    void start_gateway();
    void wait_until_connected();

    /// All calls of this party: an outside number, or the extension that called another.
    std::vector<Row> rows(const std::string& party) const;
    /// Returns when so many calls have ended, no call is live, and everything is delivered.
    void wait_for_calls(std::size_t count);
    /// Polls until ingest has this event of this party: `bridge` is a conversation.
    void wait_for_event(const std::string& type, const std::string& party);
    /// The last text of each message of the chat that ever named the number as people read it.
    std::vector<std::string> last_texts(const std::string& shown_number) const;
    CrmStory crm(const std::string& phone) const;
    std::size_t live_calls() const;

    e2e::Suite suite;
    Asterisk exchange;
    TcpGate gate;  ///< Between the gateway and the exchange.
    Phones phones;
};

}  // namespace trunkline::asterisk
