//! supabase-js's calls, made on our builder.

use super::{
    KEY, URL, expression,
    step::{Step, operand, operands},
};
use hashi::{
    bridge::Outbound,
    supabase::rest::{
        Affecting, Client, Complete, CountOnly, Filterable, Inserting, Many, Minimal, Operation, Order, Query, Rpc,
        Select, Shape, Table, TextSearch, Unfiltered, Upsert, Windowed,
    },
};
use serde_json::Value;

pub fn run(steps: &[Step<'_>]) -> Outbound {
    let mut client = Client::new(URL, KEY);
    for (index, step) in steps.iter().enumerate() {
        let rest = &steps[index + 1..];
        match step.name().as_str() {
            "accessToken" => client = client.with_bearer(step.text(1)),
            "schema" => client = client.schema(step.text(1)),
            "from" => return table(client.from(&step.text(1)), &rest[0], &rest[1..]),
            "rpc" => return call(&client, step, rest),
            other => panic!("{other} doesn't start a query"),
        }
    }
    panic!("the query has no from and no rpc")
}

fn counted<O: Operation, S: Shape>(query: Query<O, S>, step: &Step<'_>) -> Query<O, S> {
    match step.count() {
        Some(count) => query.count(count),
        None => query,
    }
}

fn table(table: Table, step: &Step<'_>, rest: &[Step<'_>]) -> Outbound {
    match step.name().as_str() {
        "select" => {
            let columns = step.value(1);
            let query = counted(table.select(columns.as_str().unwrap_or("*")), step);
            if step.option("head") == true {
                read(query, rest, |query| query.head().build())
            } else {
                read_all(query, rest)
            }
        }
        "insert" => added(table.insert(&step.body(1)).expect("rows"), step, rest),
        "upsert" => upserted(table.upsert(&step.body(1)).expect("rows"), step, rest),
        "update" => changed(table.update(&step.body(1)).expect("values"), step, rest),
        "delete" => changed(table.delete(), step, rest),
        other => panic!("{other} isn't a table's method"),
    }
}

fn read_all(query: Query<Select, Many>, steps: &[Step<'_>]) -> Outbound {
    read(query, steps, Query::build)
}

fn read<O>(mut query: Query<O, Many>, steps: &[Step<'_>], end: impl FnOnce(Query<O, Many>) -> Outbound) -> Outbound
where
    O: Windowed + Filterable<Filtered = O> + Complete,
{
    for step in steps {
        let table = step.option("referencedTable");
        query = match (step.name().as_str(), table.as_str()) {
            ("single", _) => return query.single().build(),
            ("maybeSingle", _) => return query.maybe_single().build(),
            ("csv", _) => return query.csv().build(),
            ("stripNulls", _) => query.strip_nulls(),
            ("rollback", _) => query.rollback(),
            ("order", _) => query.order(order(step)),
            ("limit", None) => query.limit(step.number(1)),
            ("limit", Some(table)) => query.limit_of(table, step.number(1)),
            ("range", None) => query.range(step.number(1)..=step.number(2)),
            ("range", Some(table)) => query.range_of(table, step.number(1)..=step.number(2)),
            ("or", Some(table)) => query.or_of(table, expression::group(&step.value(1))),
            _ => filter(query, step),
        };
    }
    end(query)
}

fn order(step: &Step<'_>) -> Order {
    let column = step.text(1);
    let order = if step.option("ascending") == false { Order::desc(column) } else { Order::asc(column) };
    let order = match step.option("nullsFirst").as_bool() {
        Some(true) => order.nulls_first(),
        Some(false) => order.nulls_last(),
        None => order,
    };
    match step.option("referencedTable").as_str() {
        Some(table) => order.of(table),
        None => order,
    }
}

fn filter<O: Filterable, S: Shape>(query: Query<O, S>, step: &Step<'_>) -> Query<O::Filtered, S> {
    let name = step.name();
    if name == "or" {
        return query.or(expression::group(&step.value(1)));
    }
    if name == "match" {
        let pairs = step.value(1);
        let pairs: Vec<_> = pairs.as_object().expect("a map").iter().map(|(k, v)| (k.as_str(), operand(v))).collect();
        return match pairs.as_slice() {
            [one] => query.match_([one.clone()]),
            [one, two] => query.match_([one.clone(), two.clone()]),
            other => panic!("match with {} pairs", other.len()),
        };
    }
    let column = &step.text(1);
    let value = step.value(2);
    match name.as_str() {
        "eq" => query.eq(column, operand(&value)),
        "neq" => query.neq(column, operand(&value)),
        "gt" => query.gt(column, operand(&value)),
        "gte" => query.gte(column, operand(&value)),
        "lt" => query.lt(column, operand(&value)),
        "lte" => query.lte(column, operand(&value)),
        "like" => query.like(column, operand(&value)),
        "ilike" => query.ilike(column, operand(&value)),
        "likeAnyOf" => query.like_any_of(column, operands(&value)),
        "likeAllOf" => query.like_all_of(column, operands(&value)),
        "ilikeAnyOf" => query.ilike_any_of(column, operands(&value)),
        "ilikeAllOf" => query.ilike_all_of(column, operands(&value)),
        "regexMatch" => query.regex_match(column, operand(&value)),
        "regexIMatch" => query.regex_imatch(column, operand(&value)),
        "isDistinct" => query.is_distinct(column, operand(&value)),
        "is" => query.is(column, expression::is(&value)),
        "in" => query.in_(column, operands(&value)),
        "notIn" => query.not_in(column, operands(&value)),
        "contains" => query.contains(column, expression::contents(&value)),
        "containedBy" => query.contained_by(column, expression::contents(&value)),
        "overlaps" => query.overlaps(column, expression::contents(&value)),
        "rangeGt" => query.range_gt(column, operand(&value)),
        "rangeGte" => query.range_gte(column, operand(&value)),
        "rangeLt" => query.range_lt(column, operand(&value)),
        "rangeLte" => query.range_lte(column, operand(&value)),
        "rangeAdjacent" => query.range_adjacent(column, operand(&value)),
        "textSearch" => query.text_search(column, text_search(step)),
        "not" => query.not(column, expression::operator(&step.text(2)), operand(&step.value(3))),
        "filter" => match step.text(2).strip_prefix("not.") {
            Some(operator) => query.not(column, expression::operator(operator), operand(&step.value(3))),
            None => query.filter(column, expression::operator(&step.text(2)), operand(&step.value(3))),
        },
        other => panic!("{other} is unknown here"),
    }
}

fn text_search(step: &Step<'_>) -> TextSearch {
    let query = step.text(2);
    let search = match step.option("type").as_str() {
        Some("plain") => TextSearch::plain(query),
        Some("phrase") => TextSearch::phrase(query),
        Some("websearch") => TextSearch::websearch(query),
        Some(other) => panic!("the type {other}"),
        None => TextSearch::new(query),
    };
    match step.option("config").as_str() {
        Some(config) => search.config(config),
        None => search,
    }
}

fn upserted(mut query: Query<Upsert, Minimal>, step: &Step<'_>, rest: &[Step<'_>]) -> Outbound {
    if let Some(columns) = step.option("onConflict").as_str() {
        query = query.on_conflict(columns);
    }
    if step.option("ignoreDuplicates") == true {
        query = query.ignore_duplicates();
    }
    added(query, step, rest)
}

fn added<O: Inserting + Complete>(query: Query<O, Minimal>, step: &Step<'_>, rest: &[Step<'_>]) -> Outbound {
    let query = counted(query, step).default_to_null(step.option("defaultToNull") != false);
    match rest {
        [] => query.build(),
        [select, rest @ ..] => returned(query.select(columns(select)), rest, |_, step| panic!("{}", step.name())),
    }
}

fn columns(select: &Step<'_>) -> &'static str {
    assert_eq!(select.name(), "select", "rows are asked for before they are shaped");
    match select.value(1) {
        Value::Null => "*",
        Value::String(columns) => columns.leak(),
        other => panic!("the columns {other}"),
    }
}

fn changed<O>(query: Query<Unfiltered<O>, Minimal>, step: &Step<'_>, rest: &[Step<'_>]) -> Outbound
where
    O: Filterable<Filtered = O> + Complete + Affecting,
{
    let [first, rest @ ..] = rest else { panic!("without a filter it can't be built") };
    let mut query = filter(counted(query, step), first);
    for (index, step) in rest.iter().enumerate() {
        query = match step.name().as_str() {
            "select" => return returned(query.select(columns(step)), &rest[index + 1..], filter),
            "maxAffected" => query.max_affected(step.number(1)),
            _ => filter(query, step),
        };
    }
    query.build()
}

fn returned<O: Complete>(
    mut query: Query<O, Many>,
    steps: &[Step<'_>],
    filter: impl Fn(Query<O, Many>, &Step<'_>) -> Query<O, Many>,
) -> Outbound {
    for step in steps {
        query = match step.name().as_str() {
            "single" => return query.single().build(),
            "maybeSingle" => return query.maybe_single().build(),
            "csv" => return query.csv().build(),
            "order" => query.order(order(step)),
            _ => filter(query, step),
        };
    }
    query.build()
}

fn call(client: &Client, step: &Step<'_>, rest: &[Step<'_>]) -> Outbound {
    let function = step.text(1);
    let arguments = if matches!(step.value(2), Value::Null) { empty() } else { step.body(2) };
    if step.option("head") == true {
        let mut query: Query<Rpc, CountOnly> =
            counted(client.rpc_head(&function, &arguments).expect("arguments"), step);
        for step in rest {
            query = filter(query, step);
        }
        return query.build();
    }
    let query = if step.option("get") == true {
        client.rpc_get(&function, &arguments)
    } else {
        client.rpc(&function, &arguments)
    };
    let query = counted(query.expect("arguments"), step);
    match rest {
        [select, rest @ ..] if select.name() == "select" => read(query.select(columns(select)), rest, Query::build),
        rest => read(query, rest, Query::build),
    }
}

fn empty() -> Box<serde_json::value::RawValue> {
    serde_json::value::RawValue::from_string("{}".to_owned()).expect("JSON")
}
