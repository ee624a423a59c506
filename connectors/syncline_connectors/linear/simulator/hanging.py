"""What clients change on an issue: comments, attachments, relations, files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from syncline_connectors.linear.simulator import entities as e
from syncline_connectors.linear.simulator.errors import forbidden, input_error, invalid_argument
from syncline_connectors.linear.simulator.inputs import Input, Mutation, acting_as, done, new_id, past
from syncline_connectors.linear.simulator.resolvers import Call

Args = dict[str, Any]


# ---- comments --------------------------------------------------------------------------------------------------------


def comment_create(call: Call, args: Args) -> Args:
    given, work = args["input"], call.work
    if not (given.get("body") or "").strip():
        raise invalid_argument("body", "isNotEmpty", "body should not be empty")
    id_ = new_id(given, work.comments, "Comment")
    answered: e.Comment | None = None
    if given.get("parentId"):
        answered = call.need(work.comments, given["parentId"], "Comment")
    creator, bot = acting_as(call, given)
    comment = work.comment(
        _about(call, given, answered),
        given["body"],
        by=creator,
        at=past(given, "createdAt", call.now),
        id=id_,
        # Threads have one level: an answer to an answer stands under the same comment.
        parent=(answered.parent or answered) if answered else None,
        bot_actor=bot,
        quoted_text=given.get("quotedText"),
    )
    if given.get("createdAt"):
        comment.updated_at = call.now
    return done(call, comment=comment)


def _about(call: Call, given: Input, answered: e.Comment | None) -> e.Issue | e.ProjectUpdate:
    if given.get("issueId"):
        return call.need_issue(given["issueId"])
    if given.get("projectUpdateId"):
        update: e.ProjectUpdate = call.need(
            call.work.project_updates, given["projectUpdateId"], "ProjectUpdate"
        )
        return update
    about = (answered.issue or answered.project_update) if answered else None
    if about is None:
        raise input_error("Exactly one of issueId or projectUpdateId must be given")
    return about


def comment_update(call: Call, args: Args) -> Args:
    comment: e.Comment = call.need(call.work.comments, args["id"], "Comment")
    given = args["input"]
    if comment.user is not None and comment.user is not call.user:
        raise forbidden("You can only edit your own comments.")
    if "body" in given:
        if not (given["body"] or "").strip():
            raise invalid_argument("body", "isNotEmpty", "body should not be empty")
        edited = comment.edited_at
        call.work.edit_comment(comment, given["body"])
        if args.get("skipEditedAt"):
            comment.edited_at = edited
    if given.get("resolvingUserId"):
        call.work.resolve_comment(comment, by=call.need(call.work.users, given["resolvingUserId"], "User"))
    return done(call, comment=comment)


def comment_delete(call: Call, args: Args) -> Args:
    comment: e.Comment = call.need(call.work.comments, args["id"], "Comment")
    if comment.user not in (None, call.user) and not call.user.admin:
        raise forbidden("You can only delete your own comments.")
    call.work.delete_comment(comment)
    return done(call, entityId=comment.id)


def comment_resolve(call: Call, args: Args) -> Args:
    comment: e.Comment = call.need(call.work.comments, args["id"], "Comment")
    call.work.resolve_comment(comment, by=call.user)
    if args.get("resolvingCommentId"):
        comment.resolving_comment = call.need(call.work.comments, args["resolvingCommentId"], "Comment")
    return done(call, comment=comment)


def comment_unresolve(call: Call, args: Args) -> Args:
    comment: e.Comment = call.need(call.work.comments, args["id"], "Comment")
    comment.resolved_at = comment.resolving_user = comment.resolving_comment = None
    call.work.touch(comment)
    return done(call, comment=comment)


# ---- attachments -----------------------------------------------------------------------------------------------------


def attachment_create(call: Call, args: Args) -> Args:
    """An address that the issue has already is changed, whatever id was chosen.

    Metadata are documented as texts and numbers; as recorded, what is deeper comes back as it was sent.
    """
    given, work = args["input"], call.work
    issue = call.need_issue(given["issueId"])
    _check_url(given["url"])
    known = next((a for a in work.attachments.values() if a.issue is issue and a.url == given["url"]), None)
    id_ = None if known else new_id(given, work.attachments, "Attachment")
    fields: Args = {name: given[name] for name in ("subtitle",) if name in given}
    if "metadata" in given:
        fields["metadata"] = given["metadata"] or {}
    if "groupBySource" in given:
        fields["group_by_source"] = bool(given["groupBySource"])
    creator, _ = acting_as(call, given)
    if known is None and call.sight.key.oauth:
        client = call.sight.key.client
        fields["source_type"] = "oauthClient"
        fields["source"] = {"name": client, "type": "oauthClient", "clientId": client}
    attachment = work.attach(issue, given["url"], given["title"], by=creator, id=id_, **fields)
    if given.get("commentBody"):
        work.comment(issue, given["commentBody"], by=creator)
    return done(call, attachment=attachment)


def attachment_update(call: Call, args: Args) -> Args:
    attachment: e.Attachment = call.need(call.work.attachments, args["id"], "Attachment")
    given = args["input"]
    changes: Args = {name: given[name] for name in ("title", "subtitle") if name in given}
    if "metadata" in given:
        changes["metadata"] = given["metadata"] or {}
    call.work.edit_attachment(attachment, **changes)
    return done(call, attachment=attachment)


def attachment_delete(call: Call, args: Args) -> Args:
    attachment: e.Attachment = call.need(call.work.attachments, args["id"], "Attachment")
    call.work.detach(attachment)
    return done(call, entityId=attachment.id)


def attachment_link_url(call: Call, args: Args) -> Args:
    """Without a title the address is the title."""
    given = {name: args[name] for name in ("id", "issueId", "url", "createAsUser") if name in args}
    return attachment_create(call, {"input": {**given, "title": args.get("title") or args["url"]}})


def _check_url(url: str) -> None:
    if not urlsplit(url).scheme:
        raise invalid_argument("url", "isUrl", "url must be a URL address")


# ---- relations -------------------------------------------------------------------------------------------------------


def relation_create(call: Call, args: Args) -> Args:
    """A relation that is there already is answered as it is."""
    given, work = args["input"], call.work
    issue, other = call.need_issue(given["issueId"]), call.need_issue(given["relatedIssueId"])
    if issue is other:
        raise input_error("Issue cannot be related to itself")
    for known in work.relations.values():
        if (known.issue, known.related_issue, known.type) == (issue, other, given["type"]):
            return done(call, issueRelation=known)
    id_ = new_id(given, work.relations, "IssueRelation")
    relation = work.relate(issue, given["type"], other, by=call.user, id=id_)
    return done(call, issueRelation=relation)


def relation_update(call: Call, args: Args) -> Args:
    relation: e.Relation = call.need(call.work.relations, args["id"], "IssueRelation")
    given = args["input"]
    if given.get("type") is not None:
        if given["type"] not in ("blocks", "duplicate", "related", "similar"):
            raise invalid_argument("type", "isEnum", "type must be a valid enum value")
        relation.type = given["type"]
    if given.get("issueId"):
        relation.issue = call.need_issue(given["issueId"])
    if given.get("relatedIssueId"):
        relation.related_issue = call.need_issue(given["relatedIssueId"])
    call.work.touch(relation)
    return done(call, issueRelation=relation)


def relation_delete(call: Call, args: Args) -> Args:
    relation: e.Relation = call.need(call.work.relations, args["id"], "IssueRelation")
    call.work.unrelate(relation, by=call.user)
    return done(call, entityId=relation.id)


# ---- files -----------------------------------------------------------------------------------------------------------


def file_upload(call: Call, args: Args) -> Args:
    """Where to put a file, and where it will be then."""
    upload = call.work.files.announce(args["filename"], args["contentType"], args["size"])
    headers = [{"key": name, "value": value} for name, value in upload.headers]
    file = {
        "assetUrl": upload.asset_url,
        "uploadUrl": upload.upload_url,
        "contentType": upload.content_type,
        "filename": upload.filename,
        "headers": headers,
        "metaData": args.get("metaData"),
        "size": upload.size,
    }
    return done(call, uploadFile=file)


HANGING: Mapping[str, Mutation] = {
    "commentCreate": comment_create,
    "commentUpdate": comment_update,
    "commentDelete": comment_delete,
    "commentResolve": comment_resolve,
    "commentUnresolve": comment_unresolve,
    "attachmentCreate": attachment_create,
    "attachmentUpdate": attachment_update,
    "attachmentDelete": attachment_delete,
    "attachmentLinkURL": attachment_link_url,
    "issueRelationCreate": relation_create,
    "issueRelationUpdate": relation_update,
    "issueRelationDelete": relation_delete,
    "fileUpload": file_upload,
}
