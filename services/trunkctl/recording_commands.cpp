#include <fmt/format.h>

#include <set>
#include <utility>

#include "base/ids.hpp"
#include "base/text.hpp"
#include "base/timezone.hpp"
#include "commands.hpp"
#include "json/writer.hpp"
#include "recording_orphans.hpp"
#include "recordings/link.hpp"

namespace trunkline::trunkctl {
namespace {

struct OwnedCall {
    std::string enterprise_number;
    std::string uuid;
};

/// Finished calls, and those that turned out to be another but whose links went out.
asio::awaitable<base::Result<OwnedCall>> find_call(Context& context, std::string uuid) {
    uuid = base::to_lower_ascii(uuid);
    if (!base::is_uuid(uuid)) {
        co_return base::fail(
            base::Errc::invalid_input, "\"" + uuid + "\" is not the uuid of a call"
        );
    }
    const auto rows = co_await context.pool.execute(
        "SELECT enterprise_number FROM calls WHERE uuid = $1::uuid UNION "
        "SELECT enterprise_number FROM recordings WHERE call_uuid = $1::uuid LIMIT 1",
        pg::Params::of(uuid)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        co_return base::fail(base::Errc::not_found, "there is no finished call " + uuid);
    }
    co_return OwnedCall{std::string(rows->front().text(0)), uuid};
}

asio::awaitable<base::Result<>> set_revoked(Context& context, std::string uuid, bool revoked) {
    const auto call = co_await find_call(context, std::move(uuid));
    if (!call) {
        co_return std::unexpected(call.error());
    }
    const auto rows = co_await context.pool.execute(
        "INSERT INTO recordings AS r (enterprise_number, call_uuid, revoked_at) VALUES ($1, "
        "$2::uuid, CASE WHEN $3 THEN now() END) ON CONFLICT (enterprise_number, call_uuid) "
        "DO UPDATE SET revoked_at = CASE WHEN $3 THEN coalesce(r.revoked_at, now()) END",
        pg::Params::of(call->enterprise_number, call->uuid, revoked)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    json::Writer writer;
    writer.begin_object()
        .member("enterprise", call->enterprise_number)
        .member("uuid", call->uuid)
        .member("revoked", revoked)
        .end_object();
    context.out.print(
        revoked ? "the links to the recording of " + call->uuid + " open nothing any more"
                : "the links to the recording of " + call->uuid + " open it again",
        writer.take()
    );
    co_return base::Result<>{};
}

std::vector<std::string> dates_of(const pg::Row& row) {
    const auto own = row.text("timezone");
    const auto zone = base::is_known_timezone(own) ? own : std::string_view("UTC");
    std::vector<std::string> dates;
    for (const auto* column : {"date_received", "date_end"}) {
        if (const auto local = base::format_local_time(row.time(column), zone)) {
            dates.push_back(local->substr(0, 10));
        }
    }
    return dates;
}

/// Calls that were given a link and whose recording should be a file by now.
asio::awaitable<base::Result<std::vector<LinkedCall>>> linked_calls(
    Context& context, std::string number, int days
) {
    const auto rows = co_await context.pool.execute(
        "SELECT c.uuid::text AS uuid, c.unique_id, c.pbx, c.date_received, c.date_end, e.timezone, "
        "coalesce(r.unique_ids, '{}') AS unique_ids, coalesce(r.location, '') AS location, "
        "EXISTS (SELECT 1 FROM calls o WHERE o.enterprise_number = $1 AND o.unique_id = "
        "c.unique_id AND o.pbx <> c.pbx) AS is_ambiguous "
        "FROM calls c JOIN enterprises e ON e.number = c.enterprise_number "
        "LEFT JOIN recordings r ON r.enterprise_number = $1 AND r.call_uuid = c.uuid "
        "WHERE c.enterprise_number = $1 AND c.record_url IS NOT NULL "
        "AND c.date_received >= now() - make_interval(days => $2) "
        "AND c.date_end < now() - interval '10 minutes' "
        "AND (r.location LIKE 'file:%' OR (r.location IS NULL AND e.recordings_url = '')) "
        "ORDER BY c.date_received",
        pg::Params::of(number, days)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::vector<LinkedCall> calls;
    for (const auto& row : *rows) {
        LinkedCall call;
        call.facts.enterprise_number = number;
        call.facts.uuid = row.text("uuid");
        call.facts.unique_id = row.text("unique_id");
        call.facts.unique_ids = row.text_array("unique_ids");
        call.facts.pbx = row.text("pbx");
        call.facts.is_ambiguous = row.boolean("is_ambiguous");
        call.facts.dates = dates_of(row);
        call.location = row.text("location");
        calls.push_back(std::move(call));
    }
    co_return calls;
}

/// Those of `paths` that no call of the enterprise can be found by.
asio::awaitable<base::Result<std::vector<std::string>>> files_without_call(
    Context& context, std::string number, std::vector<std::string> paths
) {
    std::vector<std::string> stems;
    stems.reserve(paths.size());
    for (const auto& path : paths) {
        stems.push_back(base::to_lower_ascii(stem_of(path)));
    }
    const auto rows = co_await context.pool.execute(
        "WITH known AS (SELECT unique_id AS name FROM calls WHERE enterprise_number = $1 "
        "UNION ALL SELECT uuid::text FROM calls WHERE enterprise_number = $1 "
        "UNION ALL SELECT pbx || '-' || unique_id FROM calls WHERE enterprise_number = $1 AND pbx "
        "<> '' UNION ALL SELECT unnest(unique_ids) FROM recordings WHERE enterprise_number = $1 "
        "UNION ALL SELECT call_uuid::text FROM recordings WHERE enterprise_number = $1 "
        "UNION ALL SELECT c.pbx || '-' || i FROM recordings r JOIN calls c ON c.enterprise_number "
        "= $1 AND c.uuid = r.call_uuid, unnest(r.unique_ids) i WHERE r.enterprise_number = $1 AND "
        "c.pbx <> '') "
        "SELECT f.path FROM unnest($2::text[], $3::text[]) AS f(path, stem) "
        "WHERE NOT EXISTS (SELECT 1 FROM known k WHERE lower(k.name) = f.stem) "
        "AND NOT EXISTS (SELECT 1 FROM recordings r WHERE r.enterprise_number = $1 AND r.location "
        "= 'file:' || f.path) ORDER BY f.path",
        pg::Params::of(number, paths, stems)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::vector<std::string> orphans;
    for (const auto& row : *rows) {
        orphans.emplace_back(row.text(0));
    }
    co_return orphans;
}

std::string orphans_for_people(
    const std::vector<std::string>& files, const std::vector<LinkedCall>& calls
) {
    std::string text = fmt::format("files without a call: {}", files.size());
    for (const auto& file : files) {
        text += "\n  " + file;
    }
    text += fmt::format("\ncalls without their file: {}", calls.size());
    for (const auto& call : calls) {
        text += fmt::format(
            "\n  {}  UniqueId {}  {}",
            call.facts.uuid,
            call.facts.unique_id,
            call.facts.dates.empty() ? "" : call.facts.dates.front()
        );
    }
    return text;
}

std::string orphans_as_json(
    const std::vector<std::string>& files, const std::vector<LinkedCall>& calls
) {
    json::Writer writer;
    writer.begin_object().member("files", files).key("calls").begin_array();
    for (const auto& call : calls) {
        writer.begin_object()
            .member("uuid", call.facts.uuid)
            .member("unique_id", call.facts.unique_id)
            .end_object();
    }
    return writer.end_array().end_object().take();
}

}  // namespace

asio::awaitable<base::Result<>> revoke_recording(Context& context, std::string uuid) {
    return set_revoked(context, std::move(uuid), true);
}

asio::awaitable<base::Result<>> restore_recording(Context& context, std::string uuid) {
    return set_revoked(context, std::move(uuid), false);
}

asio::awaitable<base::Result<>> link_recording(Context& context, std::string uuid, int days) {
    if (context.public_url.empty()) {
        co_return base::fail(
            base::Errc::invalid_input, "PUBLIC_URL is not set: there is no address to link to"
        );
    }
    const auto signer = recordings::LinkSigner::from_secrets_key(context.secrets_key);
    if (!signer) {
        co_return base::fail(
            base::Errc::invalid_input, "signed links need a key: " + signer.error().detail
        );
    }
    const auto call = co_await find_call(context, std::move(uuid));
    if (!call) {
        co_return std::unexpected(call.error());
    }
    const auto now = std::chrono::floor<std::chrono::seconds>(base::system_clock().now());
    const auto expires = now + std::chrono::days(days);
    const auto plain = recordings::plain_link(context.public_url, call->uuid);
    const auto link = signer->signed_link(plain, {call->enterprise_number, call->uuid, expires});
    json::Writer writer;
    writer.begin_object()
        .member("link", link)
        .member("expires_at", base::format_iso8601(expires))
        .end_object();
    context.out.print(link, writer.take());
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> set_recordings(
    Context& context, std::string number, std::string links, std::string url_template
) {
    if (!url_template.empty() && url_template != "-") {
        const auto filled = recordings::fill_template(url_template, {});
        if (!filled) {
            co_return std::unexpected(filled.error());
        }
    }
    const auto rows = co_await context.pool.execute(
        "UPDATE enterprises SET recordings = coalesce(nullif($2, ''), recordings), recordings_url "
        "= CASE $3 WHEN '' THEN recordings_url WHEN '-' THEN '' ELSE $3 END, updated_at = now() "
        "WHERE number = $1 RETURNING recordings, recordings_url",
        pg::Params::of(number, links, url_template)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        co_return base::fail(base::Errc::not_found, "there is no enterprise " + number);
    }
    const auto row = rows->front();
    json::Writer writer;
    writer.begin_object()
        .member("recordings", row.text("recordings"))
        .member("recordings_url", row.text("recordings_url"))
        .end_object();
    context.out.print(
        fmt::format(
            "{}: links for {} calls; recordings from {}",
            number,
            row.text("recordings"),
            row.text("recordings_url").empty() ? "RECORDINGS_PATH" : row.text("recordings_url")
        ),
        writer.take()
    );
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> list_recording_orphans(
    Context& context, std::string number, int days
) {
    if (context.recordings_path.empty() || !recordings::is_safe_part(number)) {
        co_return base::fail(
            base::Errc::invalid_input,
            context.recordings_path.empty() ? "RECORDINGS_PATH is not set"
                                            : "\"" + number + "\" is not the name of a folder"
        );
    }
    const auto folder = std::filesystem::path(context.recordings_path) / number;
    const auto now = base::system_clock().now();
    const auto found = list_recordings(folder);
    if (!found) {
        co_return std::unexpected(found.error());
    }
    // The call of a fresh one may still be going on.
    std::set<std::string> paths;
    std::vector<std::string> settled;
    for (const auto& file : *found) {
        paths.insert(file.path);
        if (file.written_at <= now - std::chrono::hours(1)) {
            settled.push_back(file.path);
        }
    }
    const auto files = co_await files_without_call(context, number, std::move(settled));
    if (!files) {
        co_return std::unexpected(files.error());
    }
    auto calls = co_await linked_calls(context, number, days);
    if (!calls) {
        co_return std::unexpected(calls.error());
    }
    std::erase_if(*calls, [&paths](const auto& call) { return has_recording(call, paths); });
    context.out.print(orphans_for_people(*files, *calls), orphans_as_json(*files, *calls));
    co_return base::Result<>{};
}

}  // namespace trunkline::trunkctl
