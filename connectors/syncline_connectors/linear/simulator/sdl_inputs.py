"""The part of the vendor's schema that is served: what mutations take, filters and comparators.

Names of fields are the vendor's; what is not listed here is refused, as it would be for a name that is wrong.
"""

INPUTS = """
input IssueCreateInput {
  id: String teamId: String! title: String description: String priority: Int estimate: Int dueDate: TimelessDate
  stateId: String assigneeId: String delegateId: String labelIds: [String!] subscriberIds: [String!]
  parentId: String projectId: String projectMilestoneId: String cycleId: String sortOrder: Float
  subIssueSortOrder: Float prioritySortOrder: Float createdAt: DateTime completedAt: DateTime createAsUser: String
  displayIconUrl: String
}
input IssueBatchCreateInput { issues: [IssueCreateInput!]! }
input IssueUpdateInput {
  teamId: String title: String description: String priority: Int estimate: Int dueDate: TimelessDate
  stateId: String assigneeId: String delegateId: String labelIds: [String!] addedLabelIds: [String!]
  removedLabelIds: [String!] subscriberIds: [String!] parentId: String projectId: String
  projectMilestoneId: String cycleId: String sortOrder: Float subIssueSortOrder: Float prioritySortOrder: Float
  trashed: Boolean snoozedUntilAt: DateTime snoozedById: String
}
input IssueLabelCreateInput {
  id: String name: String! color: String description: String isGroup: Boolean parentId: String teamId: String
}
input CommentCreateInput {
  id: String body: String issueId: String projectUpdateId: String parentId: String createAsUser: String
  displayIconUrl: String createdAt: DateTime doNotSubscribeToIssue: Boolean quotedText: String
  subscriberIds: [String!]
}
input CommentUpdateInput {
  body: String quotedText: String resolvingCommentId: String resolvingUserId: String subscriberIds: [String!]
  doNotSubscribeToIssue: Boolean
}
input AttachmentCreateInput {
  id: String issueId: String! title: String! subtitle: String url: String! iconUrl: String metadata: JSONObject
  groupBySource: Boolean commentBody: String createAsUser: String displayIconUrl: String
}
input AttachmentUpdateInput { title: String! subtitle: String iconUrl: String metadata: JSONObject }
input IssueRelationCreateInput { id: String issueId: String! relatedIssueId: String! type: IssueRelationType! }
input IssueRelationUpdateInput { issueId: String relatedIssueId: String type: String }
"""

_TEXT = """
  contains: String containsIgnoreCase: String containsIgnoreCaseAndAccent: String endsWith: String eq: String
  eqIgnoreCase: String in: [String!] neq: String neqIgnoreCase: String nin: [String!] notContains: String
  notContainsIgnoreCase: String notEndsWith: String notStartsWith: String startsWith: String
  startsWithIgnoreCase: String
"""


def _ordered(scalar: str) -> str:
    return (
        f"eq: {scalar} gt: {scalar} gte: {scalar} in: [{scalar}!] lt: {scalar} lte: {scalar} "
        f"neq: {scalar} nin: [{scalar}!]"
    )


def _named(scalar: str) -> str:
    return f"eq: {scalar} in: [{scalar}!] neq: {scalar} nin: [{scalar}!]"


COMPARATORS = {
    "IDComparator": _named("ID"),
    "IssueIDComparator": _named("ID"),
    "BooleanComparator": "eq: Boolean neq: Boolean",
    "RelationExistsComparator": "eq: Boolean neq: Boolean",
    "StringComparator": _TEXT,
    "SourceTypeComparator": _TEXT,
    "NullableStringComparator": _TEXT + "null: Boolean",
    "NumberComparator": _ordered("Float"),
    "NullableNumberComparator": _ordered("Float") + " null: Boolean",
    "EstimateComparator": _ordered("Float")
    + " null: Boolean and: [NullableNumberComparator!] or: [NullableNumberComparator!]",
    "DateComparator": _ordered("DateTimeOrDuration"),
    "NullableDateComparator": _ordered("DateTimeOrDuration") + " null: Boolean",
    "NullableTimelessDateComparator": _ordered("TimelessDateOrDuration") + " null: Boolean",
    "TeamVisibilityComparator": _named("TeamVisibility"),
}

_TIMES = "createdAt: DateComparator updatedAt: DateComparator "

FILTERS = {
    "Issue": "id: IssueIDComparator "
    + _TIMES
    + """
  archivedAt: NullableDateComparator autoArchivedAt: NullableDateComparator completedAt: NullableDateComparator
  canceledAt: NullableDateComparator startedAt: NullableDateComparator triagedAt: NullableDateComparator
  snoozedUntilAt: NullableDateComparator addedToCycleAt: NullableDateComparator
  number: NumberComparator title: StringComparator description: NullableStringComparator
  priority: NullableNumberComparator estimate: EstimateComparator dueDate: NullableTimelessDateComparator
  team: TeamFilter state: WorkflowStateFilter assignee: NullableUserFilter creator: NullableUserFilter
  delegate: NullableUserFilter parent: NullableIssueFilter project: NullableProjectFilter
  projectMilestone: NullableProjectMilestoneFilter cycle: NullableCycleFilter labels: IssueLabelCollectionFilter
  comments: CommentCollectionFilter attachments: AttachmentCollectionFilter children: IssueCollectionFilter
  subscribers: UserCollectionFilter hasDuplicateRelations: RelationExistsComparator
  hasBlockedByRelations: RelationExistsComparator hasBlockingRelations: RelationExistsComparator
  hasRelatedRelations: RelationExistsComparator
""",
    "Team": "id: IDComparator "
    + _TIMES
    + """
  key: StringComparator name: StringComparator description: NullableStringComparator private: BooleanComparator
  visibility: TeamVisibilityComparator retiredAt: NullableDateComparator parent: NullableTeamFilter
  issues: IssueCollectionFilter members: UserCollectionFilter
""",
    "User": "id: IDComparator "
    + _TIMES
    + """
  name: StringComparator displayName: StringComparator email: StringComparator active: BooleanComparator
  admin: BooleanComparator owner: BooleanComparator app: BooleanComparator isMe: BooleanComparator
  assignedIssues: IssueCollectionFilter
""",
    "WorkflowState": "id: IDComparator "
    + _TIMES
    + """
  name: StringComparator type: StringComparator description: StringComparator position: NumberComparator
  team: TeamFilter issues: IssueCollectionFilter
""",
    "IssueLabel": "id: IDComparator "
    + _TIMES
    + """
  name: StringComparator isGroup: BooleanComparator parent: IssueLabelFilter team: NullableTeamFilter
  creator: NullableUserFilter
""",
    "Project": "id: IDComparator "
    + _TIMES
    + """
  name: StringComparator slugId: StringComparator state: StringComparator health: StringComparator
  priority: NullableNumberComparator startDate: NullableDateComparator targetDate: NullableDateComparator
  startedAt: NullableDateComparator completedAt: NullableDateComparator canceledAt: NullableDateComparator
  status: ProjectStatusFilter lead: NullableUserFilter creator: UserFilter members: UserCollectionFilter
  accessibleTeams: TeamCollectionFilter issues: IssueCollectionFilter initiatives: InitiativeCollectionFilter
  projectMilestones: ProjectMilestoneCollectionFilter
""",
    "ProjectStatus": "id: IDComparator "
    + _TIMES
    + """
  name: StringComparator type: StringComparator description: StringComparator position: NumberComparator
""",
    "ProjectMilestone": "id: IDComparator "
    + _TIMES
    + """
  name: NullableStringComparator targetDate: NullableDateComparator project: NullableProjectFilter
""",
    "ProjectUpdate": "id: IDComparator " + _TIMES + "project: ProjectFilter user: UserFilter",
    "Initiative": "id: IDComparator "
    + _TIMES
    + """
  name: StringComparator slugId: StringComparator status: StringComparator health: StringComparator
  targetDate: NullableDateComparator startedAt: NullableDateComparator completedAt: NullableDateComparator
  canceledAt: NullableDateComparator owner: NullableUserFilter creator: NullableUserFilter
  priority: NullableNumberComparator
""",
    "Cycle": "id: IDComparator "
    + _TIMES
    + """
  name: StringComparator number: NumberComparator startsAt: DateComparator endsAt: DateComparator
  completedAt: DateComparator isActive: BooleanComparator isFuture: BooleanComparator isPast: BooleanComparator
  isNext: BooleanComparator isPrevious: BooleanComparator team: TeamFilter issues: IssueCollectionFilter
""",
    "Comment": "id: IDComparator "
    + _TIMES
    + """
  body: StringComparator user: UserFilter issue: NullableIssueFilter parent: NullableCommentFilter
  projectUpdate: NullableProjectUpdateFilter
""",
    "Attachment": "id: IDComparator "
    + _TIMES
    + """
  title: StringComparator subtitle: NullableStringComparator url: StringComparator
  sourceType: SourceTypeComparator creator: NullableUserFilter
""",
}

NULLABLE = ("Issue", "Team", "User", "Project", "ProjectMilestone", "ProjectUpdate", "Cycle", "Comment")
"""Entities that something may have none of: their filters have a twin that knows ``null``."""

COLLECTIONS = {
    "Issue": FILTERS["Issue"],
    "IssueLabel": FILTERS["IssueLabel"] + " null: Boolean",
    "Comment": FILTERS["Comment"],
    "Attachment": FILTERS["Attachment"],
    "User": FILTERS["User"],
    "Team": "id: IDComparator " + _TIMES + " parent: NullableTeamFilter",
    "Initiative": FILTERS["Initiative"],
    "ProjectMilestone": FILTERS["ProjectMilestone"],
}
"""Entities that something may have many of: their filters have a twin for all of them."""
