#include "recording_handlers.hpp"

#include <utility>

#include "base/ids.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "httpc/url.hpp"
#include "httpd/problem.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

namespace trunkline::ingest {
namespace {

/// forbidden, with what is missing or wrong. There is no challenge that a client could answer, so
/// 401 would promise too much.
base::Result<> may_fetch(
    const httpd::Request& request,
    const RecordedCall& call,
    const std::string& uuid,
    const Recordings& recordings
) {
    const auto exp = request.query_param("exp");
    const auto sig = request.query_param("sig");
    if (call.revoked) {
        return base::fail(base::Errc::forbidden, "the link to this recording was revoked");
    }
    if (!exp && !sig) {
        if (call.plain_link) {
            return {};
        }
        return base::fail(
            base::Errc::forbidden,
            "this recording is given out by signed links only: exp and sig are missing"
        );
    }
    if (!exp || !sig) {
        return base::fail(
            base::Errc::forbidden, std::string(exp ? "sig" : "exp") + " is missing in the link"
        );
    }
    if (!recordings.signer) {
        return base::fail(
            base::Errc::forbidden, "signed links are not taken: SECRETS_KEY is not set"
        );
    }
    return recordings.signer->check(
        call.facts.enterprise_number, uuid, *exp, *sig, base::system_clock().now()
    );
}

bool wants_from_start(const httpd::Request& request) {
    const auto range = request.header("Range");
    return range.empty() || range.starts_with("bytes=0-");
}

base::Result<std::string> location_in(
    json::Reader& reader, const std::string& enterprise, const std::string& recordings_path
) {
    const auto file = reader.optional_string("file");
    const auto url = reader.optional_string("url");
    if (file.has_value() == url.has_value()) {
        reader.fail(file ? "url" : "file", "exactly one of file and url must be there");
        return std::string();
    }
    if (file) {
        auto location = recordings::file_location(recordings_path, enterprise, *file);
        if (!location) {
            reader.fail("file", location.error().detail);
            return std::string();
        }
        return location;
    }
    constexpr std::size_t longest = 2048;
    if (url->size() > longest || !httpc::Url::parse(*url)) {
        reader.fail("url", "is not an absolute http or https address of at most 2048 characters");
    }
    return *url;
}

base::Result<RecordingNote> note_in(const std::string& body, const std::string& recordings_path) {
    const auto document = json::parse(body);
    if (!document) {
        return std::unexpected(document.error());
    }
    json::Reader reader(document->root());
    RecordingNote note;
    note.enterprise_number = reader.required_string("enterprise_number");
    note.uuid = base::to_lower_ascii(reader.optional_string("uuid").value_or(""));
    note.unique_id = reader.optional_text("unique_id").value_or("");
    note.pbx = reader.optional_text("pbx").value_or("");
    if (note.uuid.empty() == note.unique_id.empty()) {
        reader.fail(
            note.uuid.empty() ? "unique_id" : "uuid",
            "exactly one of uuid and unique_id must be there"
        );
    } else if (!note.uuid.empty() && !base::is_uuid(note.uuid)) {
        reader.fail("uuid", "is not a uuid");
    }
    note.location = location_in(reader, note.enterprise_number, recordings_path).value_or("");
    const auto read = reader.finish();
    if (!read) {
        return std::unexpected(read.error());
    }
    return note;
}

httpd::Response noted(const NotedRecording& recording) {
    json::Writer writer;
    writer.begin_object().member("status", "ok").member("uuid", recording.uuid).key("record_url");
    if (recording.record_url.empty()) {
        writer.value(nullptr);
    } else {
        writer.value(recording.record_url);
    }
    writer.member("told", recording.told).end_object();
    return httpd::Response::json(writer.take());
}

}  // namespace

httpd::Handler get_recording(Recordings& recordings) {
    return [&recordings](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        static const base::Logger logger("recordings");
        const auto uuid = base::to_lower_ascii(request.param("uuid"));
        if (!base::is_uuid(uuid)) {
            co_return httpd::problem(404, "", "This is not the uuid of a call.");
        }
        auto call = co_await recordings.store.find(uuid);
        if (!call) {
            co_return httpd::to_response(call.error());
        }
        const auto allowed = may_fetch(request, *call, uuid, recordings);
        if (!allowed) {
            co_return httpd::to_response(allowed.error())
                .add_header("Cache-Control", "private, no-store");
        }
        const bool is_head = request.method == "HEAD";
        const auto known = call->location;
        auto opened = co_await recordings.source.open(*call, is_head, wants_from_start(request));
        // An address by the template is made anew each time: the template may change.
        if (known.empty() && recordings::parse_location(opened.location).is_file) {
            const auto kept =
                co_await recordings.store.note_found(std::move(*call), opened.location);
            if (!kept) {
                logger.debug("where a recording is was not kept: {}", base::describe(kept.error()));
            }
        }
        co_return std::move(opened.response);
    };
}

httpd::Handler note_recording(Recordings& recordings, std::string recordings_path) {
    return [&recordings, path = std::move(recordings_path)](const httpd::Request& request
           ) -> asio::awaitable<httpd::Response> {
        auto note = note_in(request.body, path);
        if (!note) {
            co_return httpd::to_response(note.error());
        }
        const auto recording = co_await recordings.notices.take(std::move(*note), request.deadline);
        if (!recording) {
            co_return httpd::to_response(recording.error());
        }
        co_return noted(*recording);
    };
}

}  // namespace trunkline::ingest
