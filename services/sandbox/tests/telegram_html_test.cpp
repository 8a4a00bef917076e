#include "telegram_html.hpp"

#include "testing/catch.hpp"

using namespace trunkline::sandbox;

TEST_CASE("references and tags become what people see", "[sandbox]") {
    CHECK(
        parse_telegram_html("<b>A</b> &lt;unknown&gt; &amp; &#1046; &nbsp; &").value() ==
        "A <unknown> & Ж &nbsp; &"
    );
    CHECK(parse_telegram_html("  \n text \n ").value() == "text");
}

TEST_CASE("what Telegram refuses is refused in its words", "[sandbox]") {
    CHECK(
        parse_telegram_html("x <unknown>").error().detail ==
        "unsupported start tag \"unknown\" at byte offset 2"
    );
    CHECK(
        parse_telegram_html("a < b").error().detail == "unsupported start tag \"\" at byte offset 2"
    );
    CHECK(parse_telegram_html("a <b").error().detail == "unclosed start tag at byte offset 2");
    CHECK(
        parse_telegram_html("<b>x").error().detail ==
        "can't find end tag corresponding to start tag \"b\""
    );
    CHECK(
        parse_telegram_html("<b>x</i>").error().detail ==
        "unmatched end tag at byte offset 4, expected \"</b>\", found \"</i>\""
    );
    CHECK(parse_telegram_html("x</b>").error().detail == "unexpected end tag at byte offset 1");
}

TEST_CASE("attributes have the parser's own rules", "[sandbox]") {
    CHECK(parse_telegram_html("<a href=\"https://x.by/?a=1&amp;b=2>3\">x</a>").value() == "x");
    CHECK(parse_telegram_html("<span class='tg-spoiler'>x</span>").value() == "x");
    CHECK(parse_telegram_html("<blockquote expandable>x</blockquote>").value() == "x");
    CHECK(
        parse_telegram_html("<span class=\"x\">x</span>").error().detail ==
        "tag \"span\" must have class \"tg-spoiler\" at byte offset 0"
    );
    CHECK(
        parse_telegram_html("<b =x>x</b>").error().detail ==
        "empty attribute name in the tag \"b\" at byte offset 0"
    );
    CHECK(
        parse_telegram_html("<a href=\"x>y</a>").error().detail ==
        "unclosed start tag at byte offset 0"
    );
    CHECK(
        parse_telegram_html("<a href=x?>y</a>").error().detail ==
        "unexpected end of name token at byte offset 8"
    );
    CHECK(parse_telegram_html("<b>x</b").error().detail == "unclosed end tag at byte offset 4");
}

TEST_CASE("limits count code points, not bytes", "[sandbox]") {
    CHECK(length_in_code_points("Звонок ↔ 📞") == 10);
}
