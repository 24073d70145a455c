//! In a browser: any JavaScript value becomes a tree or a fault, and never a trap (f130).
#![cfg(target_arch = "wasm32")]

use js_sys::{JSON, Reflect};
use wasm_auth_session::browser::value::{from_tree, to_tree};
use wasm_auth_session::core::tree::Tree;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

fn js(expression: &str) -> JsValue {
    js_sys::eval(&format!("({expression})")).expect("the expression is valid")
}

fn read(expression: &str) -> Option<Tree> {
    to_tree(&js(expression))
}

/// What `JSON.stringify` makes of the tree.
fn json(tree: &Tree) -> String {
    JSON::stringify(&from_tree(tree)).expect("trees are plain").into()
}

/// Each expression is read, and written again as this JSON.
fn reads_as(cases: &[(&str, &str)]) {
    for (expression, expected) in cases {
        let tree = read(expression).unwrap_or_else(|| panic!("{expression} is read"));
        assert_eq!(json(&tree), *expected, "{expression}");
    }
}

fn refuses(expressions: &[&str]) {
    for expression in expressions {
        assert!(read(expression).is_none(), "{expression} is refused");
        assert!(read(&format!("{{ a: [{expression}] }}")).is_none(), "{expression} is refused inside others");
    }
}

#[wasm_bindgen_test]
fn f130_plain_data_is_read_as_it_stands() {
    reads_as(&[
        ("null", "null"),
        ("undefined", "null"),
        ("true", "true"),
        ("-1.5e3", "-1500"),
        ("2 ** 53", "9007199254740992"),
        ("'\\u0000 \\u00e9 \\u{1f600}'", "\"\\u0000 \u{e9} \u{1f600}\""),
        ("[1, [2, []], {}]", "[1,[2,[]],{}]"),
        ("{ b: 1, a: { c: [null, undefined] } }", r#"{"b":1,"a":{"c":[null,null]}}"#),
        ("new (class { constructor() { this.own = 1; } get inherited() { return 2; } })", r#"{"own":1}"#),
        ("Object.create({ inherited: 1 })", "{}"),
        ("Object.create(null, { a: { value: 1, enumerable: true }, hidden: { value: 2 } })", r#"{"a":1}"#),
        ("{ [Symbol('key')]: 1, a: 2 }", r#"{"a":2}"#),
    ]);
}

#[wasm_bindgen_test]
fn f130_numbers_that_json_cannot_say_are_kept_as_numbers() {
    for (expression, expected) in
        [("Infinity", f64::INFINITY), ("-Infinity", f64::NEG_INFINITY), ("-0", -0.0), ("5e-324", 5e-324)]
    {
        assert_eq!(read(expression).and_then(|tree| tree.as_number()), Some(expected), "{expression}");
    }
    assert!(read("NaN").and_then(|tree| tree.as_number()).expect("a number").is_nan());
}

#[wasm_bindgen_test]
fn f130_what_is_no_data_is_refused() {
    refuses(&["() => 1", "class {}", "Symbol()", "Symbol.iterator", "1n", "2n ** 200n"]);
}

#[wasm_bindgen_test]
fn f130_what_throws_when_read_is_refused() {
    refuses(&[
        "{ get a() { throw new Error('a getter') } }",
        "{ get a() { throw undefined } }",
        "new Proxy({}, { ownKeys() { throw 1 } })",
        "new Proxy({ a: 1 }, { get() { throw 1 } })",
        "new Proxy({ a: 1 }, { getOwnPropertyDescriptor() { throw 1 } })",
        "new Proxy([1], { get() { throw 1 } })",
        "Object.defineProperty([1, 2], 0, { get() { throw 1 } })",
        "(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy })()",
        "(() => { const { proxy, revoke } = Proxy.revocable([], {}); revoke(); return proxy })()",
    ]);
}

#[wasm_bindgen_test]
fn f130_a_proxy_is_read_through_its_traps() {
    reads_as(&[
        ("new Proxy({ a: [1] }, {})", r#"{"a":[1]}"#),
        ("new Proxy([1, 2], {})", "[1,2]"),
        ("new Proxy({ a: 1 }, { get: (target, key) => target[key] + 1 })", r#"{"a":2}"#),
    ]);
}

#[wasm_bindgen_test]
fn f130_each_getter_is_read_once() {
    let counter = js("{ reads: 0, object: null }");
    let object = js(
        "(counter) => counter.object = { get a() { counter.reads += 1; return { get b() { counter.reads += 10; return [counter.reads] } } } }",
    );
    let object: &js_sys::Function = object.unchecked_ref();
    let value = object.call1(&JsValue::NULL, &counter).expect("it is made");
    assert_eq!(to_tree(&value).as_ref().map(json).as_deref(), Some(r#"{"a":{"b":[11]}}"#));
    assert_eq!(Reflect::get(&counter, &"reads".into()).ok().and_then(|reads| reads.as_f64()), Some(11.0));
}

#[wasm_bindgen_test]
fn f130_a_cycle_is_refused() {
    assert!(read("(() => { const one = {}; one.self = one; return one })()").is_none());
    assert!(read("(() => { const list = []; list.push([list]); return list })()").is_none());
}

#[wasm_bindgen_test]
fn f130_the_same_object_twice_is_no_cycle() {
    reads_as(&[("(() => { const one = { a: 1 }; return [one, { one }] })()", r#"[{"a":1},{"one":{"a":1}}]"#)]);
}

#[wasm_bindgen_test]
fn f130_holes_are_null_and_cost_nothing() {
    reads_as(&[
        ("[, 1, , 2, ,]", "[null,1,null,2]"),
        ("new Array(2 ** 32 - 1)", "[]"),
        ("Object.assign([1], { more: 2 })", "[1]"),
    ]);
    assert!(read("(() => { const list = []; list[2 ** 32 - 2] = 1; return list })()").is_none());
}

#[wasm_bindgen_test]
fn f130_a_walk_ends_though_what_is_walked_does_not() {
    let laughing =
        "(() => { let one = {}; for (let i = 0; i < 60; i++) one = { left: one, right: one }; return one })()";
    assert!(read(laughing).is_none());
    reads_as(&[("Object.assign([1], { *[Symbol.iterator]() { for (;;) yield 1 } })", "[1]")]);
    assert!(read("new Array(60000).fill(1)").is_some());
}

#[wasm_bindgen_test]
fn f29_nesting_ends_at_64_levels() {
    let nested = |levels: usize| format!("JSON.parse('{}1{}')", "[".repeat(levels), "]".repeat(levels));
    assert!(read(&nested(64)).is_some());
    assert!(read(&nested(65)).is_none());
    assert!(read("(() => { let one = {}; for (let i = 0; i < 100000; i++) one = { one }; return one })()").is_none());
}

#[wasm_bindgen_test]
fn f29_lone_surrogates_are_replaced() {
    assert_eq!(read("'a\\ud800b'").as_ref().and_then(Tree::as_text), Some("a\u{fffd}b"));
    assert_eq!(read("{ ['\\udc00']: 1 }").map(|tree| tree.get("\u{fffd}").is_some()), Some(true));
}

#[wasm_bindgen_test]
fn f29_an_entry_named_proto_becomes_no_prototype() {
    let tree = read(r#"JSON.parse('{"__proto__":{"admin":true},"a":1}')"#).expect("it is read");
    assert!(tree.get("admin").is_none());
    let value = from_tree(&tree);
    let seen = js("(value) => [value.admin, Object.getPrototypeOf(value) === Object.prototype, ({}).admin, value.a]");
    let seen: &js_sys::Function = seen.unchecked_ref();
    let seen = seen.call1(&JsValue::NULL, &value).expect("it is looked at");
    assert_eq!(String::from(JSON::stringify(&seen).expect("plain")), "[null,true,null,1]");
}

#[wasm_bindgen_test]
fn f137_entries_put_on_object_prototype_are_not_read() {
    js("Object.prototype.injected = 'evil'");
    let seen = read("{ a: 1 }").as_ref().map(json);
    js("delete Object.prototype.injected");
    assert_eq!(seen.as_deref(), Some(r#"{"a":1}"#));
}

#[wasm_bindgen_test]
fn trees_go_out_as_plain_objects_and_arrays() {
    let tree =
        Tree::map([("list", Tree::List(vec![Tree::Null, Tree::Bool(false), Tree::integer(1 << 53), Tree::text("x")]))]);
    let value = from_tree(&tree);
    assert!(value.is_object() && !value.is_instance_of::<js_sys::Map>());
    assert!(Reflect::get(&value, &"list".into()).is_ok_and(|list| js_sys::Array::is_array(&list)));
    assert!(to_tree(&value) == Some(tree));
}

#[wasm_bindgen_test]
fn f130_a_text_of_ten_mebibytes_is_read() {
    let text = read("'x'.repeat(10 * 1024 * 1024)");
    assert_eq!(text.as_ref().and_then(Tree::as_text).map(str::len), Some(10 * 1024 * 1024));
}
