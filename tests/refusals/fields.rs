//! Faults by field, in the shapes servers write them in.

use serde_json::{Value, json};
use wasm_auth_session::core::error::Phase;
use wasm_auth_session::core::redact::Secrets;
use wasm_auth_session::core::rejection;
use wasm_auth_session::core::reply::Exchange;
use wasm_auth_session::core::transport::ResponseBody;
use wasm_auth_session::core::units::UnixMillis;

use crate::support::{self, NATIVE};
use crate::{answer, options, refused};

#[test]
fn a_map_of_fields_to_messages_is_faults_by_field() {
    let error = refused(400, &json!({ "user.name": ["is taken"], "password": ["is too short", "is too common"] }));
    assert_eq!(error["code"], "validation");
    let fault = |path: &str, message: &str| json!({ "path": path, "message": message, "type": null });
    let faults =
        [fault("user.name", "is taken"), fault("password", "is too short"), fault("password", "is too common")];
    assert_eq!(error["fields"], json!(faults));
    assert_eq!(error.get("extra"), None, "nothing is said twice");
}

#[test]
fn what_is_said_of_no_field_in_particular_is_the_message_where_there_is_no_other() {
    for (body, name) in [
        (json!({ "non_field_errors": ["No.", "Never."] }), "non_field_errors"),
        (json!({ "username": ["is odd"], "non_field_errors": ["No."] }), "non_field_errors"),
        (json!({ "errors": { "__all__": ["No."] } }), "__all__"),
        (json!({ "errors": { "base": ["No."] } }), "base"),
        (json!({ "message": "No.", "errors": { "base": ["Never."] } }), "base"),
    ] {
        let error = refused(400, &body);
        assert_eq!([&error["code"], &error["serverMessage"]], ["validation", "No."], "{body}");
        assert!(error["fields"].to_string().contains(name), "it stays among the fields: {error}");
    }
    assert_eq!(refused(400, &json!({ "username": ["is odd"] })).get("serverMessage"), None);
}

#[test]
fn a_map_of_fields_to_one_message_each_is_faults_by_field_where_it_can_be_nothing_else() {
    let fault = |path: &str, message: &str| json!({ "path": path, "message": message, "type": null });
    for (at, said) in
        [("errors", json!(["is too short"])), ("errors", json!("is too short")), ("fields", json!("is too short"))]
    {
        let error = refused(422, &json!({ "message": "No.", at: { "Username": "is taken", "password": said } }));
        assert_eq!([&error["code"], &error["serverMessage"]], ["validation", "No."], "{at}");
        assert_eq!(error["fields"], json!([fault("username", "is taken"), fault("password", "is too short")]));
        assert_eq!(error.get("extra"), None, "nothing is said twice");
    }
    for body in [
        json!({ "errors": { "reason": "locked", "message": "No." } }),
        json!({ "errors": { "reason": "locked", "code": "L1" } }),
        json!({ "errors": { "reason": "locked", "until": 5 } }),
        json!({ "errors": { "reason": "locked", "hints": [] } }),
        json!({ "detail": { "reason": "locked" } }),
        json!({ "reason": "locked" }),
    ] {
        let error = refused(400, &body);
        assert_eq!((&error["code"], error.get("fields")), (&json!("rejected"), None), "{body}");
        assert!(error["extra"].to_string().contains("locked"), "{error}");
    }
}

#[test]
fn faults_by_field_are_read_as_symfony_and_zod_write_them() {
    let kind = "urn:uuid:c1051bb4-d103-4f74-8988-acbcafc7fdc3";
    let symfony = json!({
        "type": "https://symfony.com/errors/validation", "title": "Validation Failed", "status": 422, "detail": "No.",
        "violations": [
            { "propertyPath": "username", "title": "is blank", "template": "is blank", "parameters": { "{{ value }}": "" }, "type": kind },
            { "propertyPath": "address.city", "message": "is blank", "code": "c1" },
        ],
    });
    let fields = json!([
        { "path": "username", "message": "is blank", "type": kind },
        { "path": "address.city", "message": "is blank", "type": "c1" },
    ]);
    let error = refused(422, &symfony);
    assert_eq!(
        (&error["code"], &error["serverMessage"], &error["fields"]),
        (&json!("validation"), &json!("No."), &fields)
    );

    let issues =
        json!([{ "code": "too_small", "minimum": 8, "path": ["body", "password"], "message": "is too short" }]);
    let fields = json!([{ "path": "password", "message": "is too short", "type": "too_small" }]);
    for body in
        [json!({ "issues": issues, "name": "ZodError" }), json!({ "success": false, "error": { "issues": issues } })]
    {
        let error = refused(400, &body);
        assert_eq!((&error["code"], &error["fields"]), (&json!("validation"), &fields), "{body}");
    }
}

#[test]
fn f30_what_is_sent_in_secret_is_left_out_of_a_fault_by_field_in_every_shape() {
    let mut secrets = Secrets::default();
    secrets.add("password-canary");
    let text = "not password-canary";
    for body in [
        json!({ "errors": { "username": text } }),
        json!({ "errors": { "password": [text] } }),
        json!({ "violations": [{ "propertyPath": "password", "message": text, "parameters": { "value": text } }] }),
        json!({ "issues": [{ "path": ["password"], "message": text, "code": text, "received": text }] }),
        json!({ "errors": { "password-canary": "is wrong" } }),
    ] {
        let options = options(json!({}));
        let sent_at = UnixMillis(1_795_348_800_000);
        let exchange =
            Exchange { phase: Phase::Login, options: &options, platform: &NATIVE, sent_at, secrets: &secrets };
        let response = answer(422, ResponseBody::Json(support::tree(&body)));
        let error = support::json(&rejection::decode(&response, &exchange).to_tree());
        assert_eq!(error["fields"].as_array().map(Vec::len), Some(1), "{error}");
        assert!(!error.to_string().contains("canary"), "{error}");
    }
    // A text under such a name may be the thing itself.
    let error = refused(422, &json!({ "errors": { "username": "is taken", "password": "hunter2" } }));
    assert_eq!(error["fields"], json!([{ "path": "username", "message": "is taken", "type": null }]));
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

#[test]
fn the_path_of_a_graphql_error_is_no_field() {
    let fault = json!({ "message": "No.", "path": ["login"] });
    assert_eq!(refused(400, &json!({ "errors": [fault] }))["code"], "validation");
    for (name, value) in [("extensions", json!({})), ("locations", json!([{ "line": 1, "column": 2 }]))] {
        let mut of_graphql = fault.clone();
        of_graphql[name] = value;
        let error = refused(400, &json!({ "data": null, "errors": [of_graphql] }));
        assert_eq!([&error["code"], &error["serverMessage"]], ["rejected", "No."], "{name}");
    }
}

#[test]
fn faults_by_field_are_found_in_the_details_of_an_error() {
    // Strapi.
    let fault =
        json!({ "path": ["identifier"], "message": "identifier is a required field", "name": "ValidationError" });
    let body = |errors: Value| {
        let details = json!({ "errors": errors });
        json!({ "data": null, "error": { "status": 400, "name": "ValidationError", "message": "No.", "details": details } })
    };
    let error = refused(400, &body(json!([fault])));
    assert_eq!((&error["code"], &error["fields"][0]["path"]), (&json!("validation"), &json!("identifier")));
    assert_eq!(refused(400, &body(json!([])))["code"], "rejected");
}

#[test]
fn a_field_is_known_in_whatever_case_the_server_names_it() {
    // ASP.NET names the member of its class, not what was sent.
    let body = json!({ "title": "Invalid", "status": 400, "errors": { "Username": ["is required"] } });
    assert_eq!(refused(400, &body)["fields"][0]["path"], "username");
}

#[test]
fn what_is_null_in_a_fault_is_looked_for_elsewhere() {
    let fault = json!({ "loc": null, "source": { "pointer": "/username" }, "detail": null, "title": "is required" });
    let field = json!({ "path": "username", "message": "is required", "type": null });
    assert_eq!(refused(422, &json!({ "errors": [fault] }))["fields"], json!([field]));
}

#[test]
fn the_path_of_a_field_is_cut_like_any_other_text() {
    let fault = json!({ "loc": ["body", "\u{e9}".repeat(150), "b".repeat(150)], "msg": "is wrong" });
    let error = refused(422, &json!({ "detail": [fault] }));
    assert_eq!(error["fields"][0]["path"], format!("{}.{}", "\u{e9}".repeat(150), "b".repeat(49)));
}

#[test]
fn what_is_no_name_in_the_place_of_a_field_is_passed_over() {
    let fault = json!({ "loc": ["body", null, { "x": 1 }, "address", 0], "msg": "is wrong" });
    assert_eq!(refused(422, &json!({ "detail": [fault] }))["fields"][0]["path"], "address.0");
}

#[test]
fn faults_by_field_are_found_as_well_known_frameworks_write_them() {
    let bodies = [
        // RFC 9457 section 3.2, and the example of RFC 7807 section 3 before it.
        json!({ "title": "No.", "errors": [{ "detail": "is wrong", "pointer": "#/username" }] }),
        json!({ "title": "No.", "status": 400, "invalid-params": [{ "name": "username", "reason": "is wrong" }] }),
        // Spring Boot with its binding errors, JHipster.
        json!({ "message": "No.", "errors": [{ "field": "username", "defaultMessage": "is wrong", "rejectedValue": "", "objectName": "login" }] }),
        json!({ "title": "No.", "status": 400, "fieldErrors": [{ "objectName": "login", "field": "username", "message": "is wrong" }] }),
        // ASP.NET, where the JSON itself does not fit.
        json!({ "title": "No.", "status": 400, "errors": { "$.username": ["is wrong"] } }),
        // drf-standardized-errors, webargs and APIFlask, Flask-RESTful.
        json!({ "errors": [{ "attr": "username", "detail": "is wrong" }] }),
        json!({ "errors": { "json": { "username": ["is wrong"] } } }),
        json!({ "message": "No.", "detail": { "json": { "username": ["is wrong"] } } }),
        json!({ "message": { "username": "is wrong" } }),
        // Mongoose and express-validator's map, Joi, LoopBack, Microsoft's guidelines, zod's flat form, tutorials of Express.
        json!({ "message": "No.", "errors": { "username": { "message": "is wrong", "path": "username" } } }),
        json!({ "details": [{ "path": ["username"], "message": "is wrong", "context": null }] }),
        json!({ "error": { "message": "No.", "details": [{ "path": "/username", "message": "is wrong", "info": {} }] } }),
        json!({ "error": { "code": "C", "message": "No.", "details": [{ "target": "username", "message": "is wrong" }] } }),
        json!({ "errors": { "formErrors": [], "fieldErrors": { "username": ["is wrong"] } } }),
        json!({ "username": "is wrong" }),
        // JSend.
        json!({ "status": "fail", "data": { "username": "is wrong" } }),
    ];
    for body in bodies {
        let error = refused(400, &body);
        assert_eq!(error["code"], "validation", "{body}");
        assert_eq!(error["fields"], json!([{ "path": "username", "message": "is wrong", "type": null }]), "{body}");
    }
}

#[test]
fn what_else_stands_where_faults_may_stand_is_none() {
    for body in [
        json!({ "details": { "reason": "it is locked" } }),
        json!({ "error": { "details": { "reason": "it is locked" } } }),
        json!({ "details": "it is locked" }),
        json!({ "data": { "username": "is wrong", "why": "it is locked" } }),
        json!({ "data": { "username": "locked" } }),
        json!({ "data": ["it is locked"] }),
        json!({ "errors": { "json": { "username": 5, "why": "it is locked" } } }),
    ] {
        let error = refused(400, &body);
        assert_eq!((&error["code"], error.get("fields")), (&json!("rejected"), None), "{body}");
        assert!(error["extra"].to_string().contains("locked"), "{error}");
    }
}

#[test]
fn what_is_said_of_the_password_is_shown_wherever_it_stands() {
    for body in [
        json!({ "password": "is not right" }),
        json!({ "message": { "password": "is not right" } }),
        json!({ "status": "fail", "data": { "password": "is not right" } }),
    ] {
        let fault = json!([{ "path": "password", "message": "is not right", "type": null }]);
        assert_eq!(refused(401, &body)["fields"], fault, "{body}");
    }
    for body in
        [json!({ "password": "hunter2" }), json!({ "new_password": "hunter two" }), json!({ "token": "Bearer x" })]
    {
        let error = refused(401, &body);
        assert_eq!((error.get("fields"), error.get("extra")), (None, None), "{body}");
    }
}
