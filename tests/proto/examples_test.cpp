// proto/examples/<schema>[.<variant>].json is an instance of <schema>.schema.json.

#include <set>

#include "call/event.hpp"
#include "contract/card_update.hpp"
#include "contract/connector.hpp"
#include "contract/dispatch.hpp"
#include "contract/originate.hpp"
#include "files.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::proto;

namespace {

std::string schema_of(const std::filesystem::path& example) {
    const auto name = example.filename().string();
    return name.substr(0, name.find('.'));
}

/// Whether the code that takes such a message takes this one.
base::Result<> decode(const std::string& schema, json::View root) {
    const auto forget_value = [](const auto& result) -> base::Result<> {
        if (!result) {
            return std::unexpected(result.error());
        }
        return {};
    };
    if (const auto type = call::parse_event_type(schema)) {
        return forget_value(call::decode_event(*type, root));
    }
    if (schema == "dispatch") {
        return forget_value(contract::dispatch_from_json(root));
    }
    if (schema == "connector-event") {
        return forget_value(contract::connector_event_from_json(root));
    }
    if (schema == "connector-answer") {
        return forget_value(contract::connector_answer_from_json(root));
    }
    if (schema == "originate") {
        return forget_value(contract::originate_from_json(root));
    }
    if (schema == "card-update") {
        return forget_value(contract::card_update_from_json(root));
    }
    return {};
}

}  // namespace

TEST_CASE("every example is valid and is taken by the code", "[proto]") {
    for (const auto& path : files_of("examples", ".json")) {
        INFO(path);
        const auto document = parse(read_file(path));
        require_valid(schema_named(schema_of(path)), document.root());
        const auto decoded = decode(schema_of(path), document.root());
        if (!decoded) {
            FAIL(base::describe(decoded.error()));
        }
    }
}

TEST_CASE("every event and message has an example", "[proto]") {
    std::set<std::string> shown;
    for (const auto& path : files_of("examples", ".json")) {
        shown.insert(schema_of(path));
    }
    for (const auto* folder : {"events", "messages"}) {
        for (const auto& path : files_of(folder, ".schema.json")) {
            const auto name = schema_of(path);
            // What others are made of does not travel by itself.
            if (name != "common" && name != "call") {
                INFO(name);
                CHECK(shown.contains(name));
            }
        }
    }
}
