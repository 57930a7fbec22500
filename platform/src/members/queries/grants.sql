SELECT a.role, r.permissions AS "permissions?",
    ARRAY(
        SELECT g.role FROM group_member m JOIN member_group g ON g.tenant_id = m.tenant_id AND g.id = m.group_id
        WHERE m.tenant_id = $1 AND m.account_id = a.id AND g.role <> 'custom'
    ) AS "group_roles!: Vec<String>",
    ARRAY(
        SELECT unnest(c.permissions)
        FROM group_member m
        JOIN member_group g ON g.tenant_id = m.tenant_id AND g.id = m.group_id
        JOIN role c ON c.tenant_id = g.tenant_id AND c.id = g.custom_role_id
        WHERE m.tenant_id = $1 AND m.account_id = a.id
    ) AS "group_permissions!: Vec<String>"
FROM account a
LEFT JOIN role r ON r.tenant_id = a.tenant_id AND r.id = a.custom_role_id
WHERE a.tenant_id = $1 AND a.id = $2
