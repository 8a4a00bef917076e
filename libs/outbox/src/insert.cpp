#include <utility>

#include "outbox/message.hpp"

namespace trunkline::outbox {

pg::Query insert_query(const std::string& queue, const std::vector<Message>& messages) {
    std::vector<std::string> enterprises;
    std::vector<std::string> targets;
    std::vector<std::string> order_keys;
    std::vector<std::string> kinds;
    std::vector<std::string> payloads;
    std::vector<std::string> traces;
    std::vector<std::string> delays;
    for (const auto& message : messages) {
        enterprises.push_back(message.enterprise_number);
        targets.push_back(message.target);
        order_keys.push_back(message.order_key);
        kinds.push_back(message.kind);
        payloads.push_back(message.payload);
        traces.push_back(message.trace_id);
        delays.push_back(std::to_string(message.delay.count()));
    }
    pg::Params params;
    params << queue << enterprises << targets << order_keys << kinds << payloads << traces
           << delays;
    // Rows of one statement get their ids in the order of unnest, which is the order of the
    // messages. NOTIFY is folded by PostgreSQL: one per transaction and payload.
    return pg::Query{
        "WITH added AS ("
        "INSERT INTO outbox (queue, enterprise_number, target, order_key, kind, payload, trace_id, "
        "next_attempt_at) "
        "SELECT $1::text, m.enterprise, m.target, m.order_key, m.kind, m.payload::jsonb, m.trace, "
        "now() + m.delay::bigint * interval '1 millisecond' "
        "FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], "
        "$8::text[]) "
        "WITH ORDINALITY AS m(enterprise, target, order_key, kind, payload, trace, delay, "
        "position) "
        "ORDER BY m.position RETURNING 1) "
        "SELECT pg_notify('outbox_' || $1::text, ''), count(*) FROM added",
        std::move(params)
    };
}

}  // namespace trunkline::outbox
