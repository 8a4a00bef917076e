#include "moysklad_api.hpp"

#include "crypto/encoding.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"
#include "moysklad_people.hpp"
#include "moysklad_remap.hpp"

namespace trunkline::sandbox {
namespace {

using moysklad::Answer;
using moysklad::error;

std::optional<std::string> after(const std::string& text, std::string_view prefix) {
    return text.starts_with(prefix) && text.size() > prefix.size()
               ? std::optional(text.substr(prefix.size()))
               : std::nullopt;
}

Answer unknown_path() { return error(404, 1002, "Неизвестный путь"); }
Answer wrong_method() { return error(405, 1039, "Метод не поддерживается"); }

}  // namespace

std::optional<std::string> MoyskladApi::account_of_key(const std::string& phone_key) {
    return after(phone_key, "sandbox-moysklad-phone-");
}

std::optional<std::string> MoyskladApi::account_of_authorization(const std::string& header) {
    if (const auto token = after(header, "Bearer ")) {
        return after(*token, "sandbox-moysklad-token-");
    }
    const auto packed = after(header, "Basic ");
    const auto plain = packed ? crypto::base64_decode(*packed) : base::Result<std::string>("");
    const auto colon = plain ? plain->find(':') : std::string::npos;
    if (colon == std::string::npos) {
        return std::nullopt;
    }
    const auto account = after(plain->substr(0, colon), "admin@");
    return account && plain->substr(colon + 1) == "sandbox-moysklad-password-" + *account
               ? account
               : std::nullopt;
}

std::optional<Answer> MoyskladApi::problem_of_headers(const Request& request) {
    if (!moysklad::offers_gzip(request.accept_encoding)) {
        return Answer{.status = 415, .body = "", .headers = {}};
    }
    if (!moysklad::is_accept_allowed(request.accept)) {
        return error(400, 1062, "Неверное значение заголовка 'Accept'");
    }
    return std::nullopt;
}

Answer MoyskladApi::call(const std::string& account, const Request& request) {
    auto& calls = accounts_[account];
    return request.api == moysklad::Api::phone
               ? phone(calls, request)
               : moysklad::remap(request.method, request.path, request.query);
}

void MoyskladApi::reset() {
    accounts_.clear();
    limits.reset();
    second_post = moysklad::SecondPost::refused;
}

Answer MoyskladApi::phone(moysklad::Calls& calls, const Request& request) const {
    const auto& path = request.path;
    if (path.size() == 1 && path[0] == "employee") {
        return request.method == "GET" ? find_employees(request.query) : wrong_method();
    }
    if (path.empty() || path[0] != "call" || path.size() > 4) {
        return unknown_path();
    }
    const bool by_external = path.size() >= 3 && path[1] == "extid";
    const std::size_t last = by_external ? 2 : 1;
    const bool is_event = path.size() == last + 2 && path.back() == "event";
    const bool is_update = path.size() == last + 1;
    const bool is_create = path.size() == 1;
    if (!is_event && !is_update && !is_create) {
        return unknown_path();
    }
    if (request.method != (is_update ? "PUT" : "POST")) {
        return wrong_method();
    }
    if (!moysklad::is_json_type(request.content_type)) {
        return error(400, 2001, "Ошибка формата: неверный 'Content-Type'");
    }
    const auto body =
        json::parse(request.body, {.max_bytes = std::size_t{256} * 1024, .max_depth = 16});
    if (!body) {
        return error(400, 2001, "Ошибка формата: тело не JSON");
    }
    if (is_create) {
        return calls.create(body->root(), second_post);
    }
    if (!by_external && !moysklad::is_uuid(path[1])) {
        return error(404, 1000, "Неверный идентификатор");
    }
    auto* call = by_external ? calls.by_external_id(path[2]) : calls.by_id(path[1]);
    if (call == nullptr) {
        return error(404, 1021, "Объект не найден");
    }
    return is_event ? calls.add_event(*call, body->root()) : calls.update(*call, body->root());
}

/// `filter=extention=151` exact, `filter=extention~=15` prefix.
Answer MoyskladApi::find_employees(const Parameters& query) {
    std::string exact;
    std::string prefix;
    for (const auto& [name, value] : query) {
        if (name.empty() && value.empty()) {
            continue;
        }
        const auto begins = after(value, "extention~=");
        const auto equals = after(value, "extention=");
        if (name != "filter" || (!begins && !equals)) {
            return error(412, 1034, "Неверное условие выборки", "filter");
        }
        exact = equals.value_or("");
        prefix = begins.value_or("");
    }
    json::Writer writer;
    writer.begin_object().key("employees").begin_array();
    for (const auto& each : moysklad::employees()) {
        if ((exact.empty() || each.extension == exact) && each.extension.starts_with(prefix)) {
            writer.begin_object().key("meta");
            moysklad::write_reference(writer, "employee", each.id);
            writer.member("extention", each.extension).end_object();
        }
    }
    writer.end_array().end_object();
    return moysklad::ok(writer.take());
}

}  // namespace trunkline::sandbox
