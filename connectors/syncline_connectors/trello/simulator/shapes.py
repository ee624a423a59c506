"""Names of fields, and what is the same in every document of a kind."""

from __future__ import annotations

from syncline_connectors.trello.simulator import entities as e


def words(text: str) -> list[str]:
    """Names in a row, as the vendor's documents list them."""
    return text.split()


CARD = words(
    "id agent badges checkItemStates closed dueComplete dateLastActivity desc descData due dueReminder email idBoard "
    "idChecklists idList idMembers idMembersVoted idShort idAttachmentCover labels idLabels manualCoverAttachment name "
    "nodeId pinned pos shortLink shortUrl start subscribed url cover isTemplate cardRole mirrorSourceId"
)
CARD_MORE = words(
    "address coordinates creationMethod creationMethodError creationMethodLoadingStartedAt dateClosed dateCompleted "
    "dateViewedByCreator externalSource faviconUrl idMemberCreator idOrganization limits locationName manifest "
    "mirrorSourceNodeId originalDesc originalName recurrenceRule singleInstrumentationId sourceEmail staticMapUrl "
    "urlSource urlSourceText checklists"
)
"""Given only when asked for by name, or by ``all``."""

BOARD = words("id name desc descData closed idOrganization idEnterprise pinned url shortUrl prefs labelNames")
BOARD_ALL = words(
    "id nodeId name desc descData closed creationMethod creationMethodError creationMethodLoadingStartedAt "
    "creationMethodLoadingPhase dateClosed idOrganization idEnterprise limits pinned starred url prefs shortLink "
    "subscribed labelNames powerUps dateLastActivity dateLastView shortUrl idTags datePluginDisable ixUpdate "
    "templateGallery enterpriseOwned idBoardSource premiumFeatures idMemberCreator type memberships"
)
LIST = words("id name closed color idBoard pos subscribed softLimit type datasource")
LIST_LEAST = words("id name closed color idBoard pos")
LIST_SHORT = words("id name closed color idBoard pos type datasource")
ACTION = words(
    "id idMemberCreator data agenticIdentity appCreator type date limits memberCreator member display "
    "entities reactions"
)
CHECK_ITEM = words("id name nameData pos state due dueReminder idMember idChecklist")
MEMBER = words(
    "id aaId activityBlocked avatarHash avatarUrl bio bioData confirmed fullName idEnterprise "
    "idEnterprisesDeactivated idMemberReferrer "
    "idPremOrgsAdmin initials memberType nonPublic nonPublicAvailable products url username "
    "dateLastImpression status"
)
MEMBER_OWN = words(
    "aaBlockSyncUntil aaEmail aaEnrolledDate avatarSource credentialsRemovedCount dateLastActive domainClaimed email "
    "gravatarHash idBoards idOrganizations idEnterprisesAdmin limits loginTypes marketingOptIn messagesDismissed "
    "nodeId oneTimeMessagesDismissed sessionType prefs trophies uploadedAvatarHash uploadedAvatarUrl premiumFeatures "
    "isAaMastered ixUpdate"
)
"""Of oneself only."""
MEMBER_SHORT = words(
    "id activityBlocked avatarHash avatarUrl fullName idMemberReferrer initials nonPublic nonPublicAvailable username"
)
MEMBER_LEAST = ["id", "fullName", "username"]

COVER: e.Json = {
    "idAttachment": None,
    "color": None,
    "idUploadedBackground": None,
    "size": "normal",
    "brightness": "dark",
    "yPosition": 0.5,
    "idPlugin": None,
}

_CAPS = {
    "attachments": {"perBoard": 36000, "perCard": 1000},
    "boards": {"totalMembersPerBoard": 1600, "totalAccessRequestsPerBoard": 4000},
    "cards": {"openPerBoard": 5000, "openPerList": 5000, "totalPerBoard": 2000000, "totalPerList": 1000000},
    "checklists": {"perBoard": 1800000, "perCard": 500},
    "checkItems": {"perChecklist": 200},
    "customFields": {"perBoard": 50},
    "customFieldOptions": {"perField": 50},
    "labels": {"perBoard": 1000},
    "lists": {"openPerBoard": 500, "totalPerBoard": 3000},
    "stickers": {"perCard": 70},
    "reactions": {"perAction": 900, "uniquePerAction": 17},
}
CARD_CAPS = ("attachments.perCard", "checklists.perCard", "stickers.perCard")
ACTION_CAPS = ("reactions.perAction", "reactions.uniquePerAction")
LIST_CAPS = ("cards.openPerList", "cards.totalPerList")


def cap(name: str) -> int:
    """The vendor's own number under a name such as ``cards.openPerBoard``."""
    group, _, kind = name.partition(".")
    return _CAPS[group][kind]


def limit(used: int, most: int) -> e.Json:
    """How near a number is to its cap."""
    warn = most * 4 // 5
    status = (
        "maxExceeded" if used > most else "disabled" if used == most else "warn" if used >= warn else "ok"
    )
    shown: e.Json = {"status": status, "disableAt": most, "warnAt": warn}
    return shown if status == "ok" else {**shown, "count": used}


def limits(used: dict[str, int], caps: dict[str, int], names: tuple[str, ...] | None = None) -> e.Json:
    """The limits object: of all kinds, or of some. ``used`` and ``caps`` are by names such as cards.openPerBoard."""
    made: e.Json = {}
    for group, kinds in _CAPS.items():
        for kind, most in kinds.items():
            name = f"{group}.{kind}"
            if names is None or name in names:
                made.setdefault(group, {})[kind] = limit(used.get(name, 0), caps.get(name, most))
    return made


PREFS: e.Json = {
    "permissionLevel": "private",
    "hideVotes": False,
    "voting": "disabled",
    "comments": "members",
    "invitations": "members",
    "selfJoin": True,
    "cardCovers": True,
    "showCompleteStatus": True,
    "cardCounts": False,
    "isTemplate": False,
    "cardAging": "regular",
    "calendarFeedEnabled": False,
    "hiddenPluginBoardButtons": [],
    "switcherViews": [{"viewType": "Board", "enabled": True}, {"viewType": "Table", "enabled": True}],
    "autoArchive": None,
    "background": "blue",
    "backgroundColor": "#0079BF",
    "backgroundDarkColor": None,
    "backgroundImage": None,
    "backgroundDarkImage": None,
    "backgroundImageScaled": None,
    "backgroundTile": False,
    "backgroundBrightness": "dark",
    "sharedSourceUrl": None,
    "backgroundBottomColor": "#0079BF",
    "backgroundTopColor": "#0079BF",
    "canBePublic": True,
    "canBeEnterprise": True,
    "canBeOrg": True,
    "canBePrivate": True,
    "canInvite": True,
}
