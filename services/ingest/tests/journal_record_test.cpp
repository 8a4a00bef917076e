#include "journal_record.hpp"

#include "incoming.hpp"
#include "rejection.hpp"
#include "replay.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace std::chrono_literals;
using ingest::decode_journal_record;
using ingest::ReceivedEvent;

namespace {

ReceivedEvent hangup() {
    ReceivedEvent event;
    event.raw.type = call::EventType::hangup;
    event.raw.body = "{\"Token\":\"1\",\"UniqueId\":\"1.1\",\"Name\":\"\xC2\xE5\xF0\xE0\"}";
    event.raw.content_type = "application/json";
    event.raw.token_header = "1";
    event.raw.pbx = "minsk";
    event.raw.seq = "17";
    event.event_id = "01890a5d-ac96-774b-bcce-b302099a8057";
    event.received_at = *base::parse_iso8601("2026-01-15T12:00:00.123456Z");
    event.source = "10.0.0.1";
    event.trace_id = "0af7651916cd43dd8448eb211c80319c";
    return event;
}

ingest::NewEvent replayed(const ReceivedEvent& event) {
    const auto incoming = ingest::decode_incoming(event.raw);
    REQUIRE(incoming);
    return ingest::replayed_row_of(*incoming, event, "0367");
}

}  // namespace

TEST_CASE("an event comes out of the journal as it was received", "[ingest]") {
    const auto event = hangup();
    const auto again = decode_journal_record(ingest::encode_journal_record(event));
    REQUIRE(again);
    CHECK(again->raw.type == event.raw.type);
    CHECK(again->raw.body == event.raw.body);
    CHECK(again->raw.content_type == event.raw.content_type);
    CHECK(again->raw.token_header == event.raw.token_header);
    CHECK(again->raw.event_time.empty());
    CHECK(again->raw.pbx == event.raw.pbx);
    CHECK(again->raw.seq == event.raw.seq);
    CHECK(again->event_id == event.event_id);
    CHECK(again->received_at == event.received_at);
    CHECK(again->source == event.source);
    CHECK(again->trace_id == event.trace_id);
    CHECK_FALSE(again->recovered);
}

TEST_CASE("a cut record is refused wherever it was cut", "[ingest]") {
    const auto record = ingest::encode_journal_record(hangup());
    for (std::size_t size = 0; size < record.size(); ++size) {
        const auto event = decode_journal_record(std::string_view(record).substr(0, size));
        // Between two members a cut cannot be seen; the journal's checksum sees it.
        CHECK((!event || event->raw.body.empty()));
    }
}

TEST_CASE("the time of receipt stands in for an event time that is missing", "[ingest]") {
    auto event = hangup();
    const auto row = replayed(event);
    CHECK(row.event->recovered);
    CHECK(row.event->received_at == event.received_at);
    CHECK(row.event->event_time == event.received_at);
    CHECK(row.event->event_id == event.event_id);
    CHECK_FALSE(row.event->decoded->recovered);
    CHECK(row.event->decoded->at == event.received_at);
    event.raw.event_time = "2026-01-15T14:59:59+03:00";
    CHECK(replayed(event).event->event_time == *base::parse_iso8601("2026-01-15T11:59:59Z"));
}

TEST_CASE("what an exchange sends to catch up was not received when it happened", "[ingest]") {
    auto event = hangup();
    event.recovered = true;
    const auto again = decode_journal_record(ingest::encode_journal_record(event));
    REQUIRE(again);
    CHECK(again->recovered);
    CHECK_FALSE(replayed(*again).event->event_time);
}

TEST_CASE("the reason of a refusal names each wrong place once", "[ingest]") {
    ingest::RawEvent raw;
    raw.body = R"({"Token":"1"})";
    const auto missing = ingest::decode_incoming(raw);
    REQUIRE_FALSE(missing);
    const auto reason = ingest::reason_of(missing.error());
    CHECK(reason.starts_with("/UniqueId: "));
    CHECK(reason.find("UniqueId", 3) == std::string::npos);
    CHECK(ingest::reason_of(base::fail(base::Errc::not_found, "nobody's").error()) == "nobody's");
}
