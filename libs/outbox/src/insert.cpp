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
    // messages. Those that stand behind another one of their order key are parked at infinity; the
    // last one ahead is locked until we commit, so that it cannot go without releasing ours (rows
    // are locked in id order, here and in Store::remove, or two could wait for each other). The
    // aggregate keeps the planner on the index of the order keys whatever it believes of the
    // table's size. NOTIFY is folded by PostgreSQL: one per transaction and payload.
    return pg::Query{
        "WITH incoming AS MATERIALIZED ("
        "SELECT m.*, now() + m.delay::bigint * interval '1 millisecond' AS not_before, "
        "row_number() OVER (PARTITION BY m.enterprise, m.target, m.order_key ORDER BY m.position) "
        "AS place, "
        "(SELECT (array_agg(e.id ORDER BY e.id DESC))[1] FROM outbox e WHERE e.queue = $1::text "
        "AND e.enterprise_number = m.enterprise AND e.target = m.target "
        "AND e.order_key = m.order_key) AS ahead "
        "FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], "
        "$8::text[]) "
        "WITH ORDINALITY AS m(enterprise, target, order_key, kind, payload, trace, delay, "
        "position)), "
        "locked AS MATERIALIZED ("
        "SELECT o.id FROM outbox o WHERE o.id = ANY (ARRAY(SELECT ahead FROM incoming)) "
        "ORDER BY o.id FOR KEY SHARE), "
        "added AS ("
        "INSERT INTO outbox (queue, enterprise_number, target, order_key, kind, payload, trace_id, "
        "not_before, next_attempt_at) "
        "SELECT $1::text, i.enterprise, i.target, i.order_key, i.kind, i.payload::jsonb, i.trace, "
        "CASE WHEN i.delay <> '0' THEN i.not_before END, "
        "CASE WHEN i.place > 1 OR i.ahead IN (SELECT id FROM locked) "
        "THEN 'infinity' ELSE i.not_before END "
        "FROM incoming i ORDER BY i.position RETURNING 1) "
        "SELECT pg_notify('outbox_' || $1::text, ''), count(*) FROM added",
        std::move(params)
    };
}

}  // namespace trunkline::outbox
