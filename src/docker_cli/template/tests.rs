use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn made(template: &str, data: &Value) -> String {
    Template::read(template)
        .and_then(|read| read.render(data))
        .unwrap_or_else(|fault| format!("!{fault}"))
}

fn container() -> Value {
    json!({
        "Name": "/es", "State": {"Running": true, "ExitCode": 0},
        "NetworkSettings": {"Networks": {"dev": {"IPAddress": "172.18.0.2", "Aliases": ["db", "es"]}, "prod": {"IPAddress": "172.19.0.3", "Aliases": null}}},
    })
}

#[test]
fn what_people_type() {
    let data = container();
    for (template, wanted) in [
        ("{{.Name}}", "/es"),
        ("{{ .State.Running }} {{.State.ExitCode}}", "true 0"),
        ("{{.NetworkSettings.Networks.dev.IPAddress}}", "172.18.0.2"),
        ("{{(index .NetworkSettings.Networks \"dev\").IPAddress}}", "172.18.0.2"),
        (
            "{{range $name, $net := .NetworkSettings.Networks}}{{$name}}={{$net.IPAddress}} {{end}}",
            "dev=172.18.0.2 prod=172.19.0.3 ",
        ),
        (
            "{{range .NetworkSettings.Networks}}{{.IPAddress}};{{end}}",
            "172.18.0.2;172.19.0.3;",
        ),
        ("{{json .State}}", r#"{"Running":true,"ExitCode":0}"#),
        ("{{.State}}", "map[ExitCode:0 Running:true]"),
        ("{{if .State.Running}}up{{else}}down{{end}}", "up"),
        ("{{if eq .State.ExitCode 1 2}}a{{else if .Name}}b{{else}}c{{end}}", "b"),
        ("{{join .NetworkSettings.Networks.dev.Aliases \",\"}}", "db,es"),
        ("{{len .NetworkSettings.Networks}}", "2"),
        ("{{.Name | upper | printf \"%-6s|%q\" \"x\"}}", "x     |\"/ES\""),
        (
            "{{with .NetworkSettings.Networks.prod.Aliases}}some{{else}}none{{end}}",
            "none",
        ),
        ("a {{- /* nothing */ -}} b", "ab"),
        ("a {{- .Name -}}  b", "a/esb"),
        ("{{$x := .Name}}{{$x}}{{$x = \"y\"}}{{$x}}", "/esy"),
        ("{{`}}`}}{{\"\\\"}}\"}}", "}}\"}}"),
        ("{{println .Name 1}}", "/es 1\n"),
        (
            "{{split \"a:b\" \":\"}} {{truncate \"abcdef\" 3}} {{title \"two words\"}} {{pad \"x\" 1 2}}|",
            "[a b] abc Two Words  x  |",
        ),
        (
            "{{printf \"%5d|%05d|%-5d|\" 42 42 42}}{{printf \"%99999999999d\" 1}}",
            "   42|00042|42   |%!(NOVERB)",
        ),
        (
            "{{printf \"a%1000001sb\" 1}} {{len (printf \"%1000000s\" .Name)}}",
            "a%!(NOVERB) 1000000",
        ),
        (
            "{{len (printf \"%-70000d\" 1)}} {{len (pad .Name 70000 0)}}",
            "70000 70003",
        ),
        ("{{and true .Name}} {{or \"\" .Name}} {{not .Name}}", "/es /es false"),
        (
            "{{range .NetworkSettings.Networks}}{{break}}{{end}}{{slice .Name 1}}",
            "es",
        ),
    ] {
        assert_eq!(made(template, &data), wanted, "{template}");
    }
}

#[test]
fn an_entry_that_a_map_lacks_has_no_value_and_a_nil_pointer_is_nil() {
    let data = container();
    for (template, wanted) in [
        ("{{.NetworkSettings.Networks.nope.IPAddress}}", "<no value>"),
        ("{{.NetworkSettings.Networks.nope}}", "<no value>"),
        ("{{if .NetworkSettings.Networks.nope}}on{{else}}off{{end}}", "off"),
        ("{{.SizeRw}}", "<nil>"),
        ("{{.State.Health}}{{if .State.Health}}sick{{end}}", "<nil>"),
    ] {
        assert_eq!(made(template, &data), wanted, "{template}");
    }
}

#[test]
fn what_is_wrong_is_said_in_gos_words() {
    let data = container();
    for (template, wanted) in [
        (
            "{{.Nope}}",
            "!template parsing error: template: :1:2: executing \"\" at <.Nope>: map has no entry for key \"Nope\"",
        ),
        ("{{.Name", "!template parsing error: template: :1: unclosed action"),
        (
            "{{pad .Name 0 1000001}}",
            "!template parsing error: template: :1:2: executing \"\" at <pad .Name 0 1000001>: error calling pad: 1000001 \
             spaces are more than 1000000",
        ),
        (
            "{{nope .Name}}",
            "!template parsing error: template: :1: function \"nope\" not defined",
        ),
        (
            "{{$x}}",
            "!template parsing error: template: :1: undefined variable \"$x\"",
        ),
        ("{{if .Name}}", "!template parsing error: template: :1: unexpected EOF"),
        ("{{end}}", "!template parsing error: template: :1: unexpected {{end}}"),
        (
            "{{}}",
            "!template parsing error: template: :1: missing value for command",
        ),
        ("{{\"a}}", "!template parsing error: template: :1: unclosed action"),
        (
            "\n  {{.State.Nope}}",
            "!template parsing error: template: :2:4: executing \"\" at <.State.Nope>: map has no entry for key \"Nope\"",
        ),
    ] {
        assert_eq!(made(template, &data), wanted, "{template}");
    }
}

proptest! {
    #[test]
    fn no_text_is_too_odd(template in "(\\{\\{|\\}\\}|[.$|(){}\"`a-z0-9 =:,-]|range|if|end|else|index|printf|json){0,24}") {
        let _ = made(&template, &container());
    }

    #[test]
    fn text_without_actions_stays_as_it_is(text in "[^{}]{0,40}") {
        prop_assert_eq!(made(&text, &Value::Null), text);
    }
}
