"""MFA devices, and what policies and MFA delete make of their codes, as boto3 sees them."""

import base64
import hashlib
import hmac
import io
import csv
import struct
import time

from common import client, code, finish, message, policy, report

iam, s3 = client("iam", "green"), client("s3", "green")
account = client("sts", "green").get_caller_identity()["Account"]
start = int(time.time()) // 30


class Device:
    """A virtual device with its authenticator app."""

    def __init__(self, name):
        made = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
        self.serial, self.png = made["SerialNumber"], made["QRCodePNG"]
        self.seed = base64.b32decode(made["Base32StringSeed"])
        self.next = start - 2

    def at(self, step):
        mac = hmac.new(self.seed, struct.pack(">Q", step), hashlib.sha1).digest()
        n = struct.unpack(">I", mac[mac[19] & 15 : (mac[19] & 15) + 4])[0] & 0x7FFFFFFF
        return "%06d" % (n % 1000000)

    def code(self):
        """The next code: the server takes those of a minute around its time, each once."""
        self.next = max(self.next + 1, int(time.time()) // 30 - 1)
        return self.at(self.next)

    def enable(self, user):
        iam.enable_mfa_device(
            UserName=user, SerialNumber=self.serial, AuthenticationCode1=self.code(), AuthenticationCode2=self.code()
        )


iam.create_user(UserName="ann")
key = iam.create_access_key(UserName="ann")["AccessKey"]
ann = {"AccessKeyId": key["AccessKeyId"], "SecretAccessKey": key["SecretAccessKey"]}
device = Device("ann")
report["picture"] = device.png[:8].hex()
report["serial"] = device.serial == f"arn:aws:iam::{account}:mfa/ann"
report["wrong codes"] = code(
    iam.enable_mfa_device, UserName="ann", SerialNumber=device.serial, AuthenticationCode1=device.at(1), AuthenticationCode2=device.at(2)
)
device.enable("ann")
listed = iam.get_paginator("list_virtual_mfa_devices").paginate(AssignmentStatus="Assigned").build_full_result()
report["assigned"] = [d["User"]["UserName"] for d in listed["VirtualMFADevices"]]
report["deleted while enabled"] = code(iam.delete_virtual_mfa_device, SerialNumber=device.serial)

s3.create_bucket(Bucket="boto-mfa")
s3.put_object(Bucket="boto-mfa", Key="k", Body=b"text")
user = {"AWS": f"arn:aws:iam::{account}:user/ann"}
objects = "arn:aws:s3:::boto-mfa/*"
s3.put_bucket_policy(
    Bucket="boto-mfa",
    Policy=policy(
        {"Effect": "Allow", "Principal": user, "Action": "s3:GetObject", "Resource": objects},
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": objects,
            "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        },
    ),
)
sts = client("sts", ann)
plain = sts.get_session_token()["Credentials"]
second = device.at(device.next)
report["a code again"] = message(sts.get_session_token, SerialNumber=device.serial, TokenCode=second)
report["half"] = message(sts.get_session_token, SerialNumber=device.serial)
with_mfa = sts.get_session_token(SerialNumber=device.serial, TokenCode=device.code())["Credentials"]
report["the bucket opens"] = [
    code(client("s3", who).get_object, Bucket="boto-mfa", Key="k") for who in (ann, plain, with_mfa)
]

trust = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}
trust["Condition"] = {"Bool": {"aws:MultiFactorAuthPresent": "true"}, "NumericLessThan": {"aws:MultiFactorAuthAge": "300"}}
role = iam.create_role(RoleName="ops", AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
iam.put_user_policy(
    UserName="ann", PolicyName="p", PolicyDocument=policy({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role})
)
ask = {"RoleArn": role, "RoleSessionName": "ann"}
report["the role"] = [
    code(sts.assume_role, **ask),
    code(sts.assume_role, SerialNumber=device.serial, TokenCode=device.at(1), **ask),
    code(sts.assume_role, SerialNumber=device.serial, TokenCode=device.code(), **ask),
    code(client("sts", with_mfa).assume_role, **ask),
    code(client("sts", plain).assume_role, **ask),
]

# MFA delete takes the codes of the root user's device, which names itself by the account's id.
root = Device("root-account-mfa-device")
root.enable(account)
enable = {"Status": "Enabled", "MFADelete": "Enabled"}
report["mfa delete without a code"] = message(s3.put_bucket_versioning, Bucket="boto-mfa", VersioningConfiguration=enable)
s3.put_bucket_versioning(Bucket="boto-mfa", VersioningConfiguration=enable, MFA=f"{root.serial} {root.code()}")
report["mfa delete"] = s3.get_bucket_versioning(Bucket="boto-mfa")["MFADelete"]
version = s3.put_object(Bucket="boto-mfa", Key="k", Body=b"more")["VersionId"]
gone = {"Bucket": "boto-mfa", "Key": "k", "VersionId": version}
report["a version"] = [
    code(s3.delete_object, **gone),
    code(s3.delete_object, MFA=f"{root.serial} 000000x", **gone),
    code(s3.delete_object, MFA=f"{root.serial} {root.code()}", **gone),
]

made = iam.create_service_specific_credential(UserName="ann", ServiceName="codecommit.amazonaws.com")
report["service credential"] = made["ServiceSpecificCredential"]["ServiceUserName"] == f"ann-at-{account}"
report["states of the report"] = [iam.generate_credential_report()["State"] for _ in range(2)]
rows = list(csv.DictReader(io.StringIO(iam.get_credential_report()["Content"].decode())))
report["report"] = [[r["user"], r["mfa_active"], r["access_key_1_active"]] for r in rows]
summary = iam.get_account_summary()["SummaryMap"]
report["summary"] = [summary[n] for n in ("MFADevices", "MFADevicesInUse", "AccountMFAEnabled")]
iam.deactivate_mfa_device(UserName="ann", SerialNumber=device.serial)
iam.delete_virtual_mfa_device(SerialNumber=device.serial)
finish()
