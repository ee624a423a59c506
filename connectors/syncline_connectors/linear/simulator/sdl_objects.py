"""The part of the vendor's schema that is served: objects, enumerations, queries and mutations.

Only names, types and arguments, no descriptions. ``(@ …)`` stands for the arguments of every paged list, and
connections are written by `schema`. Source: the vendor's published schema (SDK 88.3.0).
"""

PAGE = "after: String before: String first: Int includeArchived: Boolean last: Int orderBy: PaginationOrderBy"

OBJECTS = """
scalar DateTime
scalar DateTimeOrDuration
scalar TimelessDate
scalar TimelessDateOrDuration
scalar JSON
scalar JSONObject
scalar UUID

enum PaginationOrderBy { createdAt updatedAt }
enum IssueRelationType { blocks duplicate related similar }
enum ProjectStatusType { backlog canceled completed paused planned started }
enum ProjectUpdateHealthType { atRisk offTrack onTrack }
enum InitiativeUpdateHealthType { atRisk offTrack onTrack }
enum InitiativeStatus { Active Canceled Completed Planned Proposed }
enum InitiativeVisibility { private public restricted }
enum ProjectMilestoneStatus { done next overdue unstarted }
enum TeamVisibility { private public restricted }
enum DateResolutionType { halfYear month quarter year }

interface Node { id: ID! }

type PageInfo { endCursor: String hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String }

type Organization implements Node {
  id: ID! createdAt: DateTime! updatedAt: DateTime! archivedAt: DateTime
  name: String! urlKey: String! logoUrl: String previousUrlKeys: [String!]! userCount: Int! createdIssueCount: Int!
  roadmapEnabled: Boolean! projectStatuses: [ProjectStatus!]!
  labels(@ filter: IssueLabelFilter): IssueLabelConnection!
  teams(@ filter: TeamFilter): TeamConnection!
  users(@ includeDisabled: Boolean): UserConnection!
}

type User implements Node {
  id: ID! createdAt: DateTime! updatedAt: DateTime! archivedAt: DateTime
  name: String! displayName: String! email: String! active: Boolean! admin: Boolean! owner: Boolean! guest: Boolean!
  app: Boolean! isMe: Boolean! isAssignable: Boolean! isMentionable: Boolean! avatarUrl: String
  avatarBackgroundColor: String! initials: String! description: String title: String timezone: String
  lastSeen: DateTime url: String! organization: Organization! createdIssueCount: Int!
  assignedIssues(@ filter: IssueFilter): IssueConnection!
  createdIssues(@ filter: IssueFilter): IssueConnection!
  teamMemberships(@): TeamMembershipConnection!
  teams(@ filter: TeamFilter): TeamConnection!
}

type ExternalUser implements Node {
  id: ID! createdAt: DateTime! updatedAt: DateTime! archivedAt: DateTime
  name: String! displayName: String! email: String avatarUrl: String lastSeen: DateTime organization: Organization!
}

type ActorBot {
  id: ID type: String! subType: String name: String userDisplayName: String avatarUrl: String
}

type Team implements Node {
  id: ID! createdAt: DateTime! updatedAt: DateTime! archivedAt: DateTime
  key: String! name: String! displayName: String! description: String color: String icon: String timezone: String!
  visibility: TeamVisibility! private: Boolean! retiredAt: DateTime organization: Organization! parent: Team
  children: [Team!]! cyclesEnabled: Boolean! triageEnabled: Boolean! issueEstimationType: String!
  autoArchivePeriod: Float! autoClosePeriod: Float defaultIssueState: WorkflowState triageIssueState: WorkflowState
  activeCycle: Cycle issueCount(includeArchived: Boolean = false): Int!
  issues(@ filter: IssueFilter includeSubTeams: Boolean = false): IssueConnection!
  states(@ filter: WorkflowStateFilter): WorkflowStateConnection!
  labels(@ filter: IssueLabelFilter): IssueLabelConnection!
  cycles(@ filter: CycleFilter): CycleConnection!
  projects(@ filter: ProjectFilter includeSubTeams: Boolean = false): ProjectConnection!
  members(@ filter: UserFilter includeDisabled: Boolean): UserConnection!
  memberships(@): TeamMembershipConnection!
}

type TeamMembership implements Node {
  id: ID! createdAt: DateTime! updatedAt: DateTime! archivedAt: DateTime
  owner: Boolean! sortOrder: Float! team: Team! user: User!
}

type WorkflowState implements Node {
  id: ID! createdAt: DateTime! updatedAt: DateTime! archivedAt: DateTime
  name: String! type: String! position: Float! color: String! description: String team: Team!
  inheritedFrom: WorkflowState
  issues(@ filter: IssueFilter): IssueConnection!
}

type IssueLabel implements Node {
  id: ID! createdAt: DateTime! updatedAt: DateTime! archivedAt: DateTime
  name: String! color: String! description: String isGroup: Boolean! parent: IssueLabel team: Team creator: User
  organization: Organization! retiredAt: DateTime lastAppliedAt: DateTime inheritedFrom: IssueLabel
  children(@ filter: IssueLabelFilter): IssueLabelConnection!
  issues(@ filter: IssueFilter): IssueConnection!
}

type ProjectStatus implements Node {
  id: ID! createdAt: DateTime! updatedAt: DateTime! archivedAt: DateTime
  name: String! type: ProjectStatusType! position: Float! color: String! description: String indefinite: Boolean!
}

type Project implements Node {
  id: ID! createdAt: DateTime! updatedAt: DateTime! archivedAt: DateTime
  name: String! description: String! content: String slugId: String! url: String! color: String! icon: String
  status: ProjectStatus! state: String! lead: User creator: User priority: Int! priorityLabel: String!
  startDate: TimelessDate startDateResolution: DateResolutionType targetDate: TimelessDate
  targetDateResolution: DateResolutionType startedAt: DateTime completedAt: DateTime canceledAt: DateTime
  autoArchivedAt: DateTime trashed: Boolean health: ProjectUpdateHealthType healthUpdatedAt: DateTime
  lastUpdate: ProjectUpdate progress: Float! scope: Float! sortOrder: Float!
  teams(@ filter: TeamFilter): TeamConnection!
  members(@ filter: UserFilter includeDisabled: Boolean): UserConnection!
  issues(@ filter: IssueFilter): IssueConnection!
  comments(@ filter: CommentFilter): CommentConnection!
  projectMilestones(@ filter: ProjectMilestoneFilter): ProjectMilestoneConnection!
  projectUpdates(@): ProjectUpdateConnection!
  initiatives(@): InitiativeConnection!
  initiativeToProjects(@): InitiativeToProjectConnection!
}

type ProjectMilestone implements Node {
  id: ID! createdAt: DateTime! updatedAt: DateTime! archivedAt: DateTime
  name: String! description: String targetDate: TimelessDate sortOrder: Float! progress: Float!
  status: ProjectMilestoneStatus! project: Project!
  issues(@ filter: IssueFilter): IssueConnection!
}

type ProjectUpdate implements Node {
  id: ID! createdAt: DateTime! updatedAt: DateTime! archivedAt: DateTime
  body: String! health: ProjectUpdateHealthType! project: Project! user: User! editedAt: DateTime slugId: String!
  url: String! isDiffHidden: Boolean! isStale: Boolean! commentCount: Int!
  comments(@ filter: CommentFilter): CommentConnection!
}

type Initiative implements Node {
  id: ID! createdAt: DateTime! updatedAt: DateTime! archivedAt: DateTime
  name: String! description: String content: String slugId: String! url: String! color: String icon: String
  status: InitiativeStatus! owner: User creator: User organization: Organization! priority: Int! sortOrder: Float!
  targetDate: TimelessDate targetDateResolution: DateResolutionType startedAt: DateTime completedAt: DateTime
  canceledAt: DateTime trashed: Boolean health: InitiativeUpdateHealthType healthUpdatedAt: DateTime
  parentInitiative: Initiative visibility: InitiativeVisibility!
  projects(@ filter: ProjectFilter includeSubInitiatives: Boolean): ProjectConnection!
  subInitiatives(@ filter: InitiativeFilter): InitiativeConnection!
}

type InitiativeToProject implements Node {
  id: ID! createdAt: DateTime! updatedAt: DateTime! archivedAt: DateTime
  initiative: Initiative! project: Project! sortOrder: String!
}

type Cycle implements Node {
  id: ID! createdAt: DateTime! updatedAt: DateTime! archivedAt: DateTime
  number: Float! name: String description: String startsAt: DateTime! endsAt: DateTime! completedAt: DateTime
  autoArchivedAt: DateTime team: Team! progress: Float! isActive: Boolean! isFuture: Boolean! isPast: Boolean!
  isNext: Boolean! isPrevious: Boolean! inheritedFrom: Cycle
  issues(@ filter: IssueFilter): IssueConnection!
  uncompletedIssuesUponClose(@ filter: IssueFilter): IssueConnection!
}

type Issue implements Node {
  id: ID! createdAt: DateTime! updatedAt: DateTime! archivedAt: DateTime
  number: Float! identifier: String! previousIdentifiers: [String!]! title: String! description: String url: String!
  branchName: String! priority: Float! priorityLabel: String! prioritySortOrder: Float! estimate: Float
  dueDate: TimelessDate sortOrder: Float! subIssueSortOrder: Float trashed: Boolean autoArchivedAt: DateTime
  autoClosedAt: DateTime startedAt: DateTime startedTriageAt: DateTime triagedAt: DateTime completedAt: DateTime
  canceledAt: DateTime snoozedUntilAt: DateTime snoozedBy: User addedToProjectAt: DateTime addedToCycleAt: DateTime
  addedToTeamAt: DateTime state: WorkflowState! team: Team! project: Project projectMilestone: ProjectMilestone
  cycle: Cycle parent: Issue assignee: User delegate: User creator: User externalUserCreator: ExternalUser
  botActor: ActorBot labelIds: [String!]! customerTicketCount: Int!
  attachments(@ filter: AttachmentFilter): AttachmentConnection!
  children(@ filter: IssueFilter): IssueConnection!
  comments(@ filter: CommentFilter): CommentConnection!
  history(@): IssueHistoryConnection!
  labels(@ filter: IssueLabelFilter): IssueLabelConnection!
  relations(@): IssueRelationConnection!
  inverseRelations(@): IssueRelationConnection!
  subscribers(@ filter: UserFilter includeDisabled: Boolean): UserConnection!
}

type IssueHistory implements Node {
  id: ID! createdAt: DateTime! updatedAt: DateTime! archivedAt: DateTime
  issue: Issue! actor: User actorId: String actors: [User!] botActor: ActorBot archived: Boolean autoArchived: Boolean
  autoClosed: Boolean trashed: Boolean updatedDescription: Boolean descriptionUpdatedBy: [User!]
  fromTitle: String toTitle: String fromPriority: Float toPriority: Float fromEstimate: Float toEstimate: Float
  fromDueDate: TimelessDate toDueDate: TimelessDate fromState: WorkflowState fromStateId: String
  toState: WorkflowState toStateId: String fromAssignee: User fromAssigneeId: String toAssignee: User
  toAssigneeId: String fromTeam: Team fromTeamId: String toTeam: Team toTeamId: String fromParent: Issue
  fromParentId: String toParent: Issue toParentId: String fromProject: Project fromProjectId: String
  toProject: Project toProjectId: String fromProjectMilestone: ProjectMilestone
  toProjectMilestone: ProjectMilestone fromCycle: Cycle fromCycleId: String toCycle: Cycle toCycleId: String
  addedLabelIds: [String!] removedLabelIds: [String!] addedLabels: [IssueLabel!] removedLabels: [IssueLabel!]
  attachment: Attachment attachmentId: String relationChanges: [IssueRelationHistoryPayload!]
}

type IssueRelationHistoryPayload { identifier: String! type: String! }

type IssueRelation implements Node {
  id: ID! createdAt: DateTime! updatedAt: DateTime! archivedAt: DateTime
  type: String! issue: Issue! relatedIssue: Issue!
}

type Comment implements Node {
  id: ID! createdAt: DateTime! updatedAt: DateTime! archivedAt: DateTime
  body: String! url: String! editedAt: DateTime resolvedAt: DateTime resolvingUser: User resolvingComment: Comment
  resolvingCommentId: String quotedText: String hideInLinear: Boolean! user: User externalUser: ExternalUser
  botActor: ActorBot issue: Issue issueId: String projectUpdate: ProjectUpdate projectUpdateId: String
  parent: Comment parentId: String
  children(@ filter: CommentFilter): CommentConnection!
}

type Attachment implements Node {
  id: ID! createdAt: DateTime! updatedAt: DateTime! archivedAt: DateTime
  url: String! title: String! subtitle: String metadata: JSONObject! sourceType: String source: JSONObject
  groupBySource: Boolean! issue: Issue! originalIssue: Issue creator: User externalUserCreator: ExternalUser
}

type IssuePriorityValue { label: String! priority: Int! }

type RateLimitPayload { identifier: String kind: String! limits: [RateLimitResultPayload!]! }

type RateLimitResultPayload {
  type: String! allowedAmount: Float! remainingAmount: Float! requestedAmount: Float! period: Float! reset: Float!
}
"""

OPERATIONS = """
type Query {
  viewer: User!
  organization: Organization!
  rateLimitStatus: RateLimitPayload!
  issuePriorityValues: [IssuePriorityValue!]!
  user(id: String!): User!
  users(@ filter: UserFilter includeDisabled: Boolean): UserConnection!
  team(id: String!): Team!
  teams(@ filter: TeamFilter): TeamConnection!
  teamMembership(id: String!): TeamMembership!
  teamMemberships(@): TeamMembershipConnection!
  workflowState(id: String!): WorkflowState!
  workflowStates(@ filter: WorkflowStateFilter): WorkflowStateConnection!
  issueLabel(id: String!): IssueLabel!
  issueLabels(@ filter: IssueLabelFilter): IssueLabelConnection!
  projectStatus(id: String!): ProjectStatus!
  projectStatuses(@): ProjectStatusConnection!
  project(id: String!): Project!
  projects(@ filter: ProjectFilter): ProjectConnection!
  projectMilestone(id: String!): ProjectMilestone!
  projectMilestones(@ filter: ProjectMilestoneFilter): ProjectMilestoneConnection!
  projectUpdate(id: String!): ProjectUpdate!
  projectUpdates(@ filter: ProjectUpdateFilter): ProjectUpdateConnection!
  initiative(id: String!): Initiative!
  initiatives(@ filter: InitiativeFilter): InitiativeConnection!
  initiativeToProject(id: String!): InitiativeToProject!
  initiativeToProjects(@): InitiativeToProjectConnection!
  cycle(id: String!): Cycle!
  cycles(@ filter: CycleFilter): CycleConnection!
  issue(id: String!): Issue!
  issues(@ filter: IssueFilter): IssueConnection!
  issueRelation(id: String!): IssueRelation!
  issueRelations(@): IssueRelationConnection!
  comment(id: String): Comment!
  comments(@ filter: CommentFilter): CommentConnection!
  attachment(id: String!): Attachment!
  attachments(@ filter: AttachmentFilter): AttachmentConnection!
  attachmentsForURL(@ url: String!): AttachmentConnection!
}

type IssuePayload { issue: Issue lastSyncId: Float! success: Boolean! }
type IssueBatchPayload { issues: [Issue!]! lastSyncId: Float! success: Boolean! }
type IssueArchivePayload { entity: Issue lastSyncId: Float! success: Boolean! }
type CommentPayload { comment: Comment! lastSyncId: Float! success: Boolean! }
type DeletePayload { entityId: String! lastSyncId: Float! success: Boolean! }
type AttachmentPayload { attachment: Attachment! lastSyncId: Float! success: Boolean! }
type IssueRelationPayload { issueRelation: IssueRelation! lastSyncId: Float! success: Boolean! }
type IssueLabelPayload { issueLabel: IssueLabel! lastSyncId: Float! success: Boolean! }
type UploadPayload { uploadFile: UploadFile lastSyncId: Float! success: Boolean! }
type UploadFileHeader { key: String! value: String! }
type UploadFile {
  assetUrl: String! contentType: String! filename: String! headers: [UploadFileHeader!]! metaData: JSONObject
  size: Int! uploadUrl: String!
}

type Mutation {
  issueCreate(input: IssueCreateInput!): IssuePayload!
  issueUpdate(id: String!, input: IssueUpdateInput!): IssuePayload!
  issueBatchCreate(input: IssueBatchCreateInput!): IssueBatchPayload!
  issueBatchUpdate(ids: [UUID!]!, input: IssueUpdateInput!): IssueBatchPayload!
  issueAddLabel(id: String!, labelId: String!): IssuePayload!
  issueRemoveLabel(id: String!, labelId: String!): IssuePayload!
  issueArchive(id: String!, trash: Boolean): IssueArchivePayload!
  issueUnarchive(id: String!): IssueArchivePayload!
  issueDelete(id: String!, permanentlyDelete: Boolean): IssueArchivePayload!
  issueLabelCreate(input: IssueLabelCreateInput!, replaceTeamLabels: Boolean): IssueLabelPayload!
  commentCreate(input: CommentCreateInput!): CommentPayload!
  commentUpdate(id: String!, input: CommentUpdateInput!, skipEditedAt: Boolean): CommentPayload!
  commentDelete(id: String!): DeletePayload!
  commentResolve(id: String!, resolvingCommentId: String): CommentPayload!
  commentUnresolve(id: String!): CommentPayload!
  attachmentCreate(input: AttachmentCreateInput!): AttachmentPayload!
  attachmentUpdate(id: String!, input: AttachmentUpdateInput!): AttachmentPayload!
  attachmentDelete(id: String!): DeletePayload!
  attachmentLinkURL(
    createAsUser: String displayIconUrl: String id: String issueId: String! title: String url: String!
  ): AttachmentPayload!
  issueRelationCreate(input: IssueRelationCreateInput!, overrideCreatedAt: DateTime): IssueRelationPayload!
  issueRelationUpdate(id: String!, input: IssueRelationUpdateInput!): IssueRelationPayload!
  issueRelationDelete(id: String!): DeletePayload!
  fileUpload(
    contentType: String! filename: String! makePublic: Boolean metaData: JSON size: Int!
  ): UploadPayload!
}
"""
