#include <fmt/core.h>

#include <memory>
#include <string>

#include "base/text.hpp"
#include "json/document.hpp"
#include "rapidjson.hpp"
#include "tree_builder.hpp"

namespace trunkline::json {
namespace {

// Recursion would let a text of brackets end the process.
constexpr unsigned parse_flags =
    rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
// Strings must be UTF-8. That is known quicker ahead; where it is not, RapidJSON tells the place.
constexpr unsigned checking_flags = parse_flags | rapidjson::kParseValidateEncodingFlag;

constexpr std::size_t addressable_bytes = std::size_t{1} << 30U;

std::string_view without_byte_order_mark(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) {
        text.remove_prefix(3);
    }
    return text;
}

/// `line 3, column 7`, in characters.
std::string place_of(std::string_view text, std::size_t offset) {
    std::size_t line = 1;
    std::size_t column = 1;
    for (const char c : text.substr(0, offset)) {
        if (c == '\n') {
            ++line;
            column = 1;
        } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
            ++column;
        }
    }
    return fmt::format("line {}, column {}", line, column);
}

bool is_control(std::string_view text, std::size_t offset) {
    return offset < text.size() && static_cast<unsigned char>(text[offset]) < 0x20;
}

std::string_view sentence(
    rapidjson::ParseErrorCode code, std::string_view text, std::size_t offset
) {
    switch (code) {
        case rapidjson::kParseErrorDocumentEmpty:
            return "there is no value";
        case rapidjson::kParseErrorDocumentRootNotSingular:
            return "something follows the end of the value";
        case rapidjson::kParseErrorObjectMissName:
            return "a member's name in double quotes is missing";
        case rapidjson::kParseErrorObjectMissColon:
            return "a colon is missing after a member's name";
        case rapidjson::kParseErrorObjectMissCommaOrCurlyBracket:
            return "a comma or } is missing";
        case rapidjson::kParseErrorArrayMissCommaOrSquareBracket:
            return "a comma or ] is missing";
        case rapidjson::kParseErrorStringUnicodeEscapeInvalidHex:
            return "\\u needs four hexadecimal digits";
        case rapidjson::kParseErrorStringUnicodeSurrogateInvalid:
            return "a lone surrogate (\\ud800 to \\udfff) is no character";
        case rapidjson::kParseErrorStringEscapeInvalid:
        case rapidjson::kParseErrorStringMissQuotationMark:
            if (is_control(text, offset)) {
                return "a control character in a string must be escaped";
            }
            return code == rapidjson::kParseErrorStringEscapeInvalid
                       ? "there is no such escape in strings"
                       : "a string has no end";
        case rapidjson::kParseErrorStringInvalidEncoding:
            return "invalid UTF-8";
        case rapidjson::kParseErrorNumberTooBig:
            return "the number is too large";
        case rapidjson::kParseErrorNumberMissFraction:
            return "a digit is missing after the point";
        case rapidjson::kParseErrorNumberMissExponent:
            return "a digit is missing in the exponent";
        default:
            return "there is no value that could begin like this";
    }
}

std::unexpected<base::Error> failed_at(
    std::string_view text,
    std::size_t offset,
    std::string_view what,
    base::Errc code = base::Errc::malformed
) {
    return base::fail(code, fmt::format("{}: {}", place_of(text, offset), what));
}

}  // namespace

base::Result<Document> parse(std::string_view text, const Limits& limits) {
    if (text.size() > limits.max_bytes || text.size() > addressable_bytes) {
        const auto limit = std::min(limits.max_bytes, addressable_bytes);
        return base::fail(
            base::Errc::too_large,
            fmt::format("{} bytes of JSON, at most {} are taken", text.size(), limit)
        );
    }
    text = without_byte_order_mark(text);
    TreeBuilder builder(text.size(), limits.max_depth);
    rapidjson::MemoryStream stream(text.data(), text.size());
    rapidjson::Reader reader;
    const auto result = base::is_valid_utf8(text) ? reader.Parse<parse_flags>(stream, builder)
                                                  : reader.Parse<checking_flags>(stream, builder);
    if (const auto& refusal = builder.refusal()) {
        return failed_at(text, stream.Tell(), refusal->detail, refusal->code);
    }
    if (result.IsError()) {
        return failed_at(text, result.Offset(), sentence(result.Code(), text, result.Offset()));
    }
    // A NUL ends RapidJSON's text, whatever its length.
    if (stream.Tell() != text.size()) {
        return failed_at(text, stream.Tell(), "something follows the end of the value");
    }
    Document document;
    document.tree_ = std::make_shared<const Tree>(builder.take());
    return document;
}

}  // namespace trunkline::json
