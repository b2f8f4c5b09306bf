"""Key material is bytes in types of their own: text is not a key, one kind of key is not another."""

from tenancy.ids import TenantId
from tenancy.keys.tenant_keys import Family, Purpose, TenantKeys
from tenancy.sealing import Place, PurposeKey, seal, unseal
from tenancy.stores.blobs import BlobFolder, TenantBlobs

PurposeKey("00" * 32, 1)  # E: arg-type
PurposeKey(bytes(32))  # E: call-arg
TenantKeys("ten_0", {(Family.DATA, 1): bytes(32)}, {Family.DATA: 1})  # E: arg-type
TenantKeys(TenantId("ten_0"), {Family.DATA: bytes(32)}, {Family.DATA: 1})  # E: dict-item


class Weaker(PurposeKey):  # E: misc
    pass


class Leaking(TenantKeys):  # E: misc
    pass


def use(keys: TenantKeys, key: PurposeKey, place: Place, folder: BlobFolder) -> None:
    seal(bytes(32), place, b"text")  # E: arg-type
    seal(key, ("ten_0", "t", "r", "c"), b"text")  # E: arg-type
    seal(key, place, "text")  # E: arg-type
    unseal(keys, place, b"sealed")  # E: arg-type
    keys.seal("records", "t", "r", "c", b"text")  # E: arg-type
    keys.open(Purpose.RECORDS, b"sealed")  # E: call-arg
    TenantBlobs(key, folder)  # E: arg-type
