"""What operators see of a refund or a return: in the Web UI, and by search."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from ferryman import search_attributes as keys


def show(what: str, order_id: str, *, state: str, waits: str | None, attention: str | None) -> None:
    """Show how far it is, on whom it waits, and why a person has to look."""
    lines = [f"**{state}**", f"{what}, order `{order_id}`."]
    if waits is not None:
        lines.append(f"Waits for **{waits}**.")
    if attention is not None:
        lines.append(f"**Needs a person: {attention}**")
    workflow.set_current_details("\n\n".join(lines))
    waiting, person = keys.WAITING_FOR, keys.NEEDS_ATTENTION
    workflow.upsert_search_attributes(
        [
            keys.ORDER_ID.value_set(order_id),
            waiting.value_set(waits) if waits else waiting.value_unset(),
            person.value_set(attention) if attention else person.value_unset(),
        ]
    )
