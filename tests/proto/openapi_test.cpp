// Each service's own description (proto/openapi) is whole, consistent, and names the routes that
// the code has.

#include <algorithm>
#include <set>

#include "call/event.hpp"
#include "files.hpp"
#include "testing/catch.hpp"
#include "testing/paths.hpp"

using namespace trunkline;
using namespace trunkline::proto;

namespace {

const std::set<std::string> standard_paths{
    "/health", "/ready", "/metrics", "/version", "/openapi.json", "/docs"
};
const std::set<std::string_view> methods{"get", "put", "post", "delete", "head", "patch"};

/// One description; views into it live as long as it does.
struct Api {
    std::string file;  ///< `ingest.json`
    std::string service;
    json::Document document;

    json::View paths() const { return member(document.root(), "paths"); }

    static json::View member(json::View view, std::string_view key) {
        const auto found = view.find(key);
        if (!found) {
            FAIL("there is no " << key << " in " << view.dump().substr(0, 200));
        }
        return *found;
    }

    /// What a local reference points to; the value itself if it is none.
    json::View resolve(json::View view) const {
        const auto reference = view.find("$ref");
        if (!reference) {
            return view;
        }
        const auto pointer = std::string(reference->string().value_or(""));
        REQUIRE(pointer.starts_with("#/"));
        auto found = document.root();
        for (std::size_t begin = 2; begin <= pointer.size();) {
            const auto end = std::min(pointer.find('/', begin), pointer.size());
            found = member(found, pointer.substr(begin, end - begin));
            begin = end + 1;
        }
        return found;
    }
};

std::vector<Api> all_apis() {
    std::vector<Api> all;
    for (const auto& path : files_of("openapi", ".json")) {
        all.push_back({path.filename().string(), path.stem().string(), parse(read_file(path))});
    }
    return all;
}

template <class Check>
void for_each_operation(const Api& api, Check check) {
    for (const auto [path, item] : api.paths().members()) {
        for (const auto [method, operation] : item.members()) {
            INFO(api.file << ": " << method << " " << path);
            REQUIRE(methods.contains(method));
            check(std::string(path), operation);
        }
    }
}

/// A member of a JSON Pointer.
std::string escaped(std::string_view key) {
    std::string out;
    for (const char c : key) {
        out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    }
    return out;
}

json::Schema schema_at(const Api& api, const std::string& pointer) {
    const auto folder = testing::source_folder() / "proto/openapi";
    const auto resolver = [&folder](std::string_view name) -> base::Result<std::string> {
        return read_file(folder / name);
    };
    auto schema =
        json::Schema::compile(R"({"$ref":)" + ("\"" + api.file + "#" + pointer + "\"}"), resolver);
    if (!schema) {
        FAIL(pointer << ": " << base::describe(schema.error()));
    }
    return *schema;
}

/// Every place that has a schema: its pointer and the object that holds it, examples beside it.
void find_schemas(
    json::View view,
    const std::string& pointer,
    std::vector<std::pair<std::string, json::View>>& found
) {
    for (const auto [key, value] : view.members()) {
        const auto place = pointer + "/" + escaped(key);
        if (key == "schema") {
            found.emplace_back(place, view);
        } else if (key != "example" && key != "schemas") {
            find_schemas(value, place, found);
        }
    }
    std::size_t index = 0;
    for (const auto item : view.elements()) {
        find_schemas(item, pointer + "/" + std::to_string(index++), found);
    }
}

void find_references(json::View view, std::vector<json::View>& found) {
    if (const auto reference = view.find("$ref"); reference && reference->is_string()) {
        found.push_back(view);
    }
    for (const auto [key, value] : view.members()) {
        find_references(value, found);
    }
    for (const auto item : view.elements()) {
        find_references(item, found);
    }
}

/// `{path...}` of a route is `{path}` there.
std::string as_openapi(std::string path) {
    if (const auto dots = path.find("...}"); dots != std::string::npos) {
        path.erase(dots, 3);
    }
    return path;
}

/// A description without a service is a contract for those who ask a service that is to come.
bool is_built(const std::string& service) {
    return std::filesystem::exists(testing::source_folder() / "services" / service / "main.cpp");
}

/// What every connector has, by libs/connector.
std::set<std::string> connector_routes(const std::string& service) {
    std::set<std::string> routes;
    for (const auto* path :
         {"/call-event",
          "/customer/{ent}/{phone}",
          "/responsible/{ent}/{phone}",
          "/managers/{ent}",
          "/test-connection/{ent}"}) {
        routes.insert("/internal/" + service + path);
    }
    return routes;
}

/// The paths that a service's routes.cpp adds, as far as they are literals.
std::set<std::string> literal_routes(const std::string& service) {
    const auto folder = testing::source_folder() / "services" / service;
    const bool is_connector =
        read_file(folder / "main.cpp").find("connector::serve") != std::string::npos;
    auto routes = is_connector ? connector_routes(service) : std::set<std::string>{};
    // routes.cpp, and what it is split into: control_routes.cpp.
    std::string text;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        if (file.path().filename().string().ends_with("routes.cpp")) {
            text += read_file(file.path());
        }
    }
    for (std::size_t at = text.find("router.add"); at != std::string::npos;
         at = text.find("router.add", at + 1)) {
        const auto statement = text.substr(at, text.find(';', at) - at);
        const auto open = statement.find("\"/");
        if (open != std::string::npos) {
            routes.insert(
                as_openapi(statement.substr(open + 1, statement.find('"', open + 1) - open - 1))
            );
        }
    }
    // ingest joins a slash and the event's name.
    routes.erase("/");
    return routes;
}

}  // namespace

TEST_CASE("every service with routes has its description, in OpenAPI 3.1", "[proto]") {
    std::set<std::string> described;
    for (const auto& api : all_apis()) {
        INFO(api.file);
        described.insert(api.service);
        CHECK(Api::member(api.document.root(), "openapi").string() == "3.1.0");
        CHECK(
            Api::member(Api::member(api.document.root(), "info"), "title").string() == api.service
        );
        Api::member(Api::member(api.document.root(), "info"), "version");
        for (const auto& path : standard_paths) {
            INFO(path);
            CHECK(api.paths().find(path));
        }
    }
    for (const auto& entry :
         std::filesystem::directory_iterator(testing::source_folder() / "services")) {
        const auto name = entry.path().filename().string();
        if (name != "trunkctl" && std::filesystem::exists(entry.path() / "main.cpp")) {
            INFO(entry.path());
            CHECK(described.contains(entry.path().filename().string()));
        }
    }
}

TEST_CASE("every operation has a name of its own and says what it answers", "[proto]") {
    for (const auto& api : all_apis()) {
        std::set<std::string> names;
        for_each_operation(api, [&](const std::string&, json::View operation) {
            CHECK(names
                      .insert(
                          std::string(Api::member(operation, "operationId").string().value_or(""))
                      )
                      .second);
            CHECK(Api::member(operation, "summary").is_string());
            const auto responses = Api::member(operation, "responses");
            bool succeeds = false;
            for (const auto [status, response] : responses.members()) {
                INFO(status);
                CHECK((
                    status == "default" || (status.size() == 3 && status >= "200" && status < "600")
                ));
                CHECK(Api::member(api.resolve(response), "description").is_string());
                succeeds = succeeds || status.starts_with('2');
            }
            CHECK(succeeds);
        });
    }
}

TEST_CASE("every path parameter is declared, and none besides", "[proto]") {
    for (const auto& api : all_apis()) {
        for_each_operation(api, [&](const std::string& path, json::View operation) {
            std::set<std::string> wanted;
            for (std::size_t open = path.find('{'); open != std::string::npos;
                 open = path.find('{', open + 1)) {
                wanted.insert(path.substr(open + 1, path.find('}', open) - open - 1));
            }
            std::set<std::string> declared;
            if (const auto parameters = operation.find("parameters")) {
                for (const auto item : parameters->elements()) {
                    const auto parameter = api.resolve(item);
                    if (Api::member(parameter, "in").string() == "path") {
                        declared.insert(std::string(*Api::member(parameter, "name").string()));
                        CHECK(Api::member(parameter, "required").boolean() == true);
                    }
                }
            }
            CHECK(declared == wanted);
        });
    }
}

TEST_CASE("every schema in a description compiles and its example is valid", "[proto]") {
    for (const auto& api : all_apis()) {
        std::vector<std::pair<std::string, json::View>> found;
        find_schemas(api.document.root(), "", found);
        CHECK_FALSE(found.empty());
        for (const auto& [pointer, holder] : found) {
            INFO(api.file << pointer);
            const auto schema = schema_at(api, pointer);
            if (const auto example = holder.find("example")) {
                require_valid(schema, *example);
            }
        }
        if (const auto schemas = Api::member(api.document.root(), "components").find("schemas")) {
            for (const auto [name, schema] : schemas->members()) {
                schema_at(api, "/components/schemas/" + escaped(name));
            }
        }
    }
}

TEST_CASE("every reference in a description leads somewhere", "[proto]") {
    for (const auto& api : all_apis()) {
        INFO(api.file);
        std::vector<json::View> references;
        find_references(api.document.root(), references);
        for (const auto reference : references) {
            api.resolve(reference);
        }
    }
}

TEST_CASE("what is sent to pbx-gateway is what its description asks for", "[proto]") {
    for (const auto& api : all_apis()) {
        if (api.service == "pbx-gateway") {
            // The description is whole by itself, so it repeats the message's schema.
            const auto repeated =
                api.resolve(parse(R"({"$ref":"#/components/schemas/Originate"})").root());
            const auto path = testing::source_folder() / "proto/messages/originate.schema.json";
            CHECK(repeated.dump() == parse(read_file(path)).root().dump());
        }
    }
}

TEST_CASE("the paths of a description are those of the code", "[proto]") {
    for (const auto& api : all_apis()) {
        if (!is_built(api.service)) {
            continue;
        }
        INFO(api.file);
        auto routes = literal_routes(api.service);
        if (api.service == "ingest") {
            for (const auto& example : files_of("events", ".schema.json")) {
                const auto name = example.filename().string();
                const auto event = call::parse_event_type(name.substr(0, name.find('.')));
                if (event) {
                    routes.insert("/" + std::string(call::to_string(*event)));
                }
            }
        }
        std::set<std::string> described;
        for (const auto [path, item] : api.paths().members()) {
            if (!standard_paths.contains(std::string(path))) {
                described.insert(std::string(path));
            }
        }
        CHECK(described == routes);
    }
}
