#include "call_note.hpp"

#include <array>
#include <string_view>
#include <utility>

#include "json/reader.hpp"
#include "json/writer.hpp"

namespace trunkline::bitrix24 {
namespace {

constexpr std::array<std::pair<std::string_view, CallNote::Stage>, 4> stages{{
    {"registering", CallNote::Stage::registering},
    {"registered", CallNote::Stage::registered},
    {"finishing", CallNote::Stage::finishing},
    {"finished", CallNote::Stage::finished},
}};

std::string_view name_of(CallNote::Stage stage) {
    for (const auto& [name, each] : stages) {
        if (each == stage) {
            return name;
        }
    }
    return "registering";
}

}  // namespace

std::string to_json(const CallNote& note) {
    const auto& registration = note.registration;
    json::Writer writer;
    writer.begin_object()
        .member("stage", name_of(note.stage))
        .member("call_id", note.call_id)
        .member("user", registration.user)
        .member("phone", registration.phone)
        .member("type", registration.type)
        .member("start", registration.start)
        .member("line", registration.line)
        .member("external_id", registration.external_id)
        .member("crm_create", registration.crm_create)
        .member("crm_source", registration.crm_source)
        .member("shown", note.shown)
        .member("record_url", note.record_url)
        .member("made_at", note.made_at)
        .end_object();
    return writer.take();
}

base::Result<CallNote> note_from_json(const std::string& text) {
    const auto document = json::parse(text);
    if (!document) {
        return std::unexpected(document.error());
    }
    json::Reader reader(document->root());
    CallNote note;
    const auto stage = reader.required_string("stage");
    bool is_known = false;
    for (const auto& [name, each] : stages) {
        if (name == stage) {
            note.stage = each;
            is_known = true;
        }
    }
    if (!is_known) {
        reader.fail("stage", "is none of ours");
    }
    note.call_id = reader.required_string("call_id");
    auto& registration = note.registration;
    registration.user = reader.required_integer("user");
    registration.phone = reader.required_string("phone");
    registration.type = reader.required_integer("type");
    registration.start = reader.required_string("start");
    registration.line = reader.required_string("line");
    registration.external_id = reader.required_string("external_id");
    registration.crm_create = reader.required_bool("crm_create");
    registration.crm_source = reader.required_string("crm_source");
    note.record_url = reader.required_string("record_url");
    note.made_at = reader.required_integer("made_at");
    if (const auto shown = reader.view("shown")) {
        for (const auto id : shown->elements()) {
            note.shown.push_back(id.integer().value_or(0));
        }
    }
    if (const auto finished = reader.finish(); !finished) {
        return std::unexpected(finished.error());
    }
    return note;
}

std::string call_key(const std::string& external_id) { return "call:" + external_id; }

std::string click_key(std::int64_t user, const std::string& digits) {
    return "click:" + std::to_string(user) + ":" + digits;
}

}  // namespace trunkline::bitrix24
