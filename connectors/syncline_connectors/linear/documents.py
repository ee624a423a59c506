"""Every GraphQL document that is sent, and what of it can be done without.

Linear's API has no versions: a field that is removed makes every document that names it fail as a whole
(GRAPHQL_VALIDATION_FAILED). So documents are put together from parts, and a field whose loss does no harm is optional:
once the vendor refuses it, it is left out for the rest of the run. What a record's common fields are read from is never
optional, because an absent due date must not look like a cleared one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_SPREAD = re.compile(r"\.\.\.(\w+)")
_UNKNOWN = re.compile(r'Cannot query field "(\w+)" on type "(\w+)"')


@dataclass(frozen=True)
class Part:
    """What is asked of one type, used as ``...Name``: what is needed, and what can be done without."""

    type: str
    needed: str
    optional: tuple[str, ...] = ()


_PAGE = "pageInfo{hasNextPage endCursor}"

PARTS: Final[Mapping[str, Part]] = {
    "Who": Part("Query", "viewer{id} organization{id}"),
    "Issue": Part(
        "Issue",
        "id identifier title description url priority estimate dueDate createdAt updatedAt archivedAt completedAt"
        " canceledAt trashed labelIds state{id name type} team{id key} project{id} projectMilestone{id} cycle{id}"
        " parent{id} assignee{id name} creator{id name}",
        ("priorityLabel", "startedAt", "autoArchivedAt", "snoozedUntilAt", "previousIdentifiers"),
    ),
    "Comment": Part(
        "Comment",
        "id body createdAt updatedAt archivedAt issueId parentId user{id name}",
        ("url", "editedAt", "resolvedAt", "quotedText", "externalUser{id name}"),
    ),
    "Attachment": Part(
        "Attachment",
        "id url title metadata createdAt updatedAt archivedAt issue{id} creator{id name}",
        ("subtitle", "source", "sourceType"),
    ),
    "Relation": Part("IssueRelation", "id type createdAt updatedAt archivedAt issue{id} relatedIssue{id}"),
    "History": Part(
        "IssueHistory",
        "id createdAt actorId fromStateId toStateId fromAssigneeId toAssigneeId fromPriority toPriority fromDueDate"
        " toDueDate fromEstimate toEstimate fromTitle toTitle fromProjectId toProjectId fromCycleId toCycleId"
        " fromParentId toParentId fromTeamId toTeamId addedLabelIds removedLabelIds archived trashed",
        ("updatedDescription", "autoArchived", "autoClosed"),
    ),
    "State": Part("WorkflowState", "id name type position createdAt archivedAt team{id}", ("description",)),
    "Label": Part("IssueLabel", "id name isGroup createdAt parent{id name} team{id}"),
    "Team": Part(
        "Team",
        "id key name createdAt updatedAt archivedAt",
        ("description", "visibility", "timezone", "retiredAt", "parent{id}"),
    ),
    "User": Part(
        "User",
        "id name displayName email active createdAt updatedAt archivedAt",
        ("url", "timezone", "app", "guest", "admin"),
    ),
    "Project": Part(
        "Project",
        "id name description url priority startDate targetDate createdAt updatedAt archivedAt completedAt canceledAt"
        f" trashed health status{{id name type}} lead{{id name}} creator{{id name}}"
        f" teams(first:10){{{_PAGE} nodes{{id key}}}} initiatives(first:5){{{_PAGE} nodes{{id}}}}",
        (
            "content",
            "slugId",
            "priorityLabel",
            "healthUpdatedAt",
            "startedAt",
            "targetDateResolution",
            "startDateResolution",
        ),
    ),
    "Milestone": Part(
        "ProjectMilestone",
        "id name description targetDate createdAt updatedAt archivedAt project{id}",
        ("sortOrder", "status"),
    ),
    "Update": Part(
        "ProjectUpdate",
        "id body health createdAt updatedAt archivedAt project{id} user{id name}",
        ("url", "editedAt", "slugId"),
    ),
    "Initiative": Part(
        "Initiative",
        "id name description url targetDate createdAt updatedAt archivedAt completedAt trashed health status"
        " owner{id name} creator{id name} parentInitiative{id}",
        ("content", "slugId", "startedAt", "healthUpdatedAt", "targetDateResolution", "priority"),
    ),
    "Cycle": Part(
        "Cycle",
        "id number name description startsAt endsAt completedAt createdAt updatedAt archivedAt isActive isFuture isPast"
        " team{id key}",
        ("autoArchivedAt",),
    ),
    "Children": Part(
        "Issue",
        f"relations(first:5,includeArchived:true){{{_PAGE} nodes{{...Relation}}}}"
        f" inverseRelations(first:5,includeArchived:true){{{_PAGE} nodes{{...Relation}}}}"
        f" comments(first:10,includeArchived:true)@include(if:$comments){{{_PAGE} nodes{{...Comment}}}}"
        f" attachments(first:5,includeArchived:true)@include(if:$attachments){{{_PAGE} nodes{{...Attachment}}}}"
        f" history(first:10,includeArchived:true)@include(if:$history){{{_PAGE} nodes{{...History}}}}",
    ),
}
"""By the name under which documents spread them."""

# ---- asking --------------------------------------------------------------------------------------------------------

ME = "query Me{viewer{id name displayName email} organization{id name urlKey}}"

CHANGES = f"""query Changes(
 $first:Int!,$comments:Boolean!,$attachments:Boolean!,$history:Boolean!,$catalogue:Boolean!,
 $askIssues:Boolean!,$issuesAfter:String,$issueFilter:IssueFilter,
 $askComments:Boolean!,$commentsAfter:String,$commentFilter:CommentFilter,
 $askAttachments:Boolean!,$attachmentsAfter:String,$attachmentFilter:AttachmentFilter,
 $askRelations:Boolean!,$relationsAfter:String
){{
 ...Who
 issues(first:$first,after:$issuesAfter,filter:$issueFilter,orderBy:updatedAt,includeArchived:true)
  @include(if:$askIssues){{{_PAGE} nodes{{...Issue ...Children}}}}
 comments(first:50,after:$commentsAfter,filter:$commentFilter,orderBy:updatedAt,includeArchived:true)
  @include(if:$askComments){{{_PAGE} nodes{{id updatedAt issueId}}}}
 attachments(first:50,after:$attachmentsAfter,filter:$attachmentFilter,orderBy:updatedAt,includeArchived:true)
  @include(if:$askAttachments){{{_PAGE} nodes{{id updatedAt issue{{id team{{key}}}}}}}}
 issueRelations(first:50,after:$relationsAfter,orderBy:updatedAt,includeArchived:true)
  @include(if:$askRelations){{{_PAGE} nodes{{id updatedAt issue{{id team{{key}}}} relatedIssue{{id team{{key}}}}}}}}
 issueLabels(first:100,includeArchived:true)@include(if:$catalogue){{nodes{{...Label}}}}
 workflowStates(first:100,includeArchived:true)@include(if:$catalogue){{nodes{{...State}}}}
}}"""
"""What has changed: issues with all that rides on them; of comments, attachments and relations only whose they are."""

ISSUES = f"""query Issues($filter:IssueFilter!,$first:Int!,$comments:Boolean!,$attachments:Boolean!,$history:Boolean!){{
 ...Who
 issues(first:$first,filter:$filter,includeArchived:true){{{_PAGE} nodes{{...Issue ...Children}}}}
}}"""

CENSUS = f"""query Census($after:String,$filter:IssueFilter){{
 ...Who
 issues(first:250,after:$after,filter:$filter,includeArchived:true){{{_PAGE} nodes{{id createdAt}}}}
}}"""

CATALOGUE = """query Catalogue($labels:[ID!]!,$states:[ID!]!){
 ...Who
 issueLabels(first:100,filter:{id:{in:$labels}},includeArchived:true){nodes{...Label}}
 workflowStates(first:100,filter:{id:{in:$states}},includeArchived:true){nodes{...State}}
}"""

TEAMS = f"""query Teams($after:String,$filter:TeamFilter){{
 ...Who
 teams(first:100,after:$after,filter:$filter,includeArchived:true){{{_PAGE} nodes{{...Team}}}}
}}"""

STATES = f"""query States($after:String,$filter:WorkflowStateFilter){{
 ...Who
 workflowStates(first:250,after:$after,filter:$filter,includeArchived:true){{{_PAGE} nodes{{...State}}}}
}}"""

LABELS = f"""query Labels($after:String,$filter:IssueLabelFilter){{
 ...Who
 issueLabels(first:250,after:$after,filter:$filter){{{_PAGE} nodes{{...Label}}}}
}}"""

PEOPLE = f"""query People($after:String,$filter:UserFilter){{
 ...Who
 users(first:250,after:$after,filter:$filter,includeArchived:true,includeDisabled:true){{{_PAGE} nodes{{...User}}}}
}}"""

PROJECTS = f"""query Projects($after:String,$filter:ProjectFilter){{
 ...Who
 projects(first:50,after:$after,filter:$filter,includeArchived:true){{{_PAGE} nodes{{...Project}}}}
}}"""

INITIATIVES = f"""query Initiatives($after:String,$filter:InitiativeFilter){{
 ...Who
 initiatives(first:100,after:$after,filter:$filter,includeArchived:true){{{_PAGE} nodes{{...Initiative}}}}
}}"""

MILESTONES = f"""query Milestones($after:String,$filter:ProjectMilestoneFilter){{
 ...Who
 projectMilestones(first:250,after:$after,filter:$filter,includeArchived:true){{{_PAGE} nodes{{...Milestone}}}}
}}"""

UPDATES = f"""query Updates($after:String,$filter:ProjectUpdateFilter){{
 ...Who
 projectUpdates(first:250,after:$after,filter:$filter,includeArchived:true){{{_PAGE} nodes{{...Update}}}}
}}"""

CYCLES = f"""query Cycles($after:String,$filter:CycleFilter){{
 ...Who
 cycles(first:250,after:$after,filter:$filter,includeArchived:true){{{_PAGE} nodes{{...Cycle}}}}
}}"""

COMMENTS = f"""query Comments($after:String,$filter:CommentFilter){{
 ...Who
 comments(first:250,after:$after,filter:$filter,includeArchived:true){{{_PAGE} nodes{{...Comment}}}}
}}"""

ATTACHMENTS = f"""query Attachments($after:String,$filter:AttachmentFilter){{
 ...Who
 attachments(first:250,after:$after,filter:$filter,includeArchived:true){{{_PAGE} nodes{{...Attachment}}}}
}}"""

PROJECT_LISTS: Final[Mapping[str, str]] = {
    "teams": f"""query ProjectTeams($id:String!,$after:String){{
 ...Who
 project(id:$id){{teams(first:100,after:$after){{{_PAGE} nodes{{id key}}}}}}
}}""",
    "initiatives": f"""query ProjectInitiatives($id:String!,$after:String){{
 ...Who
 project(id:$id){{initiatives(first:100,after:$after){{{_PAGE} nodes{{id}}}}}}
}}""",
}
"""What a project has more of than came with it."""

RELATION = "query Relation($id:String!){...Who issueRelation(id:$id){...Relation}}"

LISTS: Final[Mapping[str, str]] = {
    "comments": "Comment",
    "attachments": "Attachment",
    "relations": "Relation",
    "inverseRelations": "Relation",
    "history": "History",
}
"""The lists inside an issue, and the part that their entries are asked by."""
MORE_AT_ONCE = 20
"""Issues whose lists are read on in one document: 20 lists of 50 entries of up to seven points."""


def more(name: str, count: int) -> str:
    """A document that reads the list ``name`` of ``count`` issues on, each from its own cursor."""
    numbers = range(count)
    given = ",".join(f"$i{n}:ID!,$a{n}:String" for n in numbers)
    asked = "\n".join(
        f" n{n}:issues(first:1,filter:{{id:{{eq:$i{n}}}}},includeArchived:true){{nodes{{"
        f"id {name}(first:50,after:$a{n},includeArchived:true){{{_PAGE} nodes{{...{LISTS[name]}}}}}}}}}"
        for n in numbers
    )
    return f"query More({given}){{\n ...Who\n{asked}\n}}"


# ---- writing -------------------------------------------------------------------------------------------------------

CREATE = "mutation Create($input:IssueCreateInput!){issueCreate(input:$input){success issue{...Issue}}}"
UPDATE = (
    "mutation Update($id:String!,$input:IssueUpdateInput!)"
    "{issueUpdate(id:$id,input:$input){success issue{...Issue}}}"
)
ARCHIVE = "mutation Archive($id:String!){issueArchive(id:$id){success}}"
DELETE = "mutation Delete($id:String!){issueDelete(id:$id){success}}"
ADD_LABEL = (
    "mutation Label($input:IssueLabelCreateInput!)"
    "{issueLabelCreate(input:$input){success issueLabel{...Label}}}"
)
ADD_COMMENT = (
    "mutation Comment($input:CommentCreateInput!){commentCreate(input:$input){success comment{...Comment}}}"
)
EDIT_COMMENT = (
    "mutation Edit($id:String!,$input:CommentUpdateInput!)"
    "{commentUpdate(id:$id,input:$input){success comment{...Comment}}}"
)
DELETE_COMMENT = "mutation Uncomment($id:String!){commentDelete(id:$id){success}}"
ADD_ATTACHMENT = (
    "mutation Attach($input:AttachmentCreateInput!)"
    "{attachmentCreate(input:$input){success attachment{...Attachment}}}"
)
DELETE_ATTACHMENT = "mutation Detach($id:String!){attachmentDelete(id:$id){success}}"
ADD_RELATION = (
    "mutation Relate($input:IssueRelationCreateInput!)"
    "{issueRelationCreate(input:$input){success issueRelation{...Relation}}}"
)
DELETE_RELATION = "mutation Unrelate($id:String!){issueRelationDelete(id:$id){success}}"
UPLOAD = (
    "mutation Upload($name:String!,$type:String!,$size:Int!){fileUpload(filename:$name,contentType:$type,size:$size)"
    "{success uploadFile{uploadUrl assetUrl contentType headers{key value}}}}"
)

DOCUMENTS: Final[Mapping[str, str]] = {
    "me": ME,
    "changes": CHANGES,
    "issues": ISSUES,
    "census": CENSUS,
    "catalogue": CATALOGUE,
    "teams": TEAMS,
    "states": STATES,
    "labels": LABELS,
    "people": PEOPLE,
    "projects": PROJECTS,
    "initiatives": INITIATIVES,
    "milestones": MILESTONES,
    "updates": UPDATES,
    "cycles": CYCLES,
    "comments": COMMENTS,
    "attachments": ATTACHMENTS,
    **{f"{name} of a project": text for name, text in PROJECT_LISTS.items()},
    "relation": RELATION,
    **{f"more {name}": more(name, MORE_AT_ONCE) for name in LISTS},
    "create": CREATE,
    "update": UPDATE,
    "archive": ARCHIVE,
    "delete": DELETE,
    "add label": ADD_LABEL,
    "add comment": ADD_COMMENT,
    "edit comment": EDIT_COMMENT,
    "delete comment": DELETE_COMMENT,
    "add attachment": ADD_ATTACHMENT,
    "delete attachment": DELETE_ATTACHMENT,
    "add relation": ADD_RELATION,
    "delete relation": DELETE_RELATION,
    "upload": UPLOAD,
}
"""All of them by name, so that tests hold every one against the vendor's schema."""


class Composer:
    """Puts documents together, without what the vendor no longer knows."""

    def __init__(self) -> None:
        self._without: set[tuple[str, str]] = set()
        self._made: dict[str, str] = {}

    @property
    def without(self) -> tuple[str, ...]:
        """What is left out, as ``Type.field``."""
        return tuple(sorted(f"{type_}.{field}" for type_, field in self._without))

    def text(self, document: str) -> str:
        """The whole document, with every part that it spreads."""
        made = self._made.get(document)
        if made is None:
            used = _spread(document)
            made = self._made[document] = "\n".join([document, *(self._fragment(name) for name in used)])
        return made

    def give_up(self, refusal: str) -> bool:
        """Leave out the fields that the vendor says it does not know; False where one of them is needed."""
        unknown = [(type_, field) for field, type_ in _UNKNOWN.findall(refusal)]
        found = {known for one in unknown for known in _optional(*one)}
        if not unknown or not all(_optional(*one) for one in unknown) or found <= self._without:
            return False
        self._without |= found
        self._made.clear()
        return True

    def _fragment(self, name: str) -> str:
        part = PARTS[name]
        kept = [one for one in part.optional if (part.type, _head(one)) not in self._without]
        return f"fragment {name} on {part.type}{{{' '.join([part.needed, *kept])}}}"


def _spread(text: str) -> list[str]:
    """The parts that a text spreads, and those that they spread, each once."""
    found: dict[str, None] = {}
    waiting = _SPREAD.findall(text)
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = None
            waiting += _SPREAD.findall(PARTS[name].needed)
    return list(found)


def _head(selection: str) -> str:
    return selection.partition("{")[0]


def _optional(type_: str, field: str) -> list[tuple[str, str]]:
    """The optional selections that are, or hold, a field of a type."""
    direct = [
        (part.type, field)
        for part in PARTS.values()
        if part.type == type_ and field in map(_head, part.optional)
    ]
    if direct or any(part.type == type_ for part in PARTS.values()):
        return direct
    return [
        (part.type, _head(one))
        for part in PARTS.values()
        for one in part.optional
        if "{" in one and field in re.findall(r"\w+", one.partition("{")[2])
    ]
